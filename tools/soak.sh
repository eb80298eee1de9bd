#!/bin/bash
# flyballd on an emulated Nano for long, with a fault now and then: looks that it goes on governing,
# that the memory and the descriptors of its three processes stay as they were, that no tick is lost
# outside a fault, and that the clocks come back at the end.
#
#   tools/soak.sh [MINUTES [BUILD_DIR]]     60, build/release
#
# A fault every minute; of less than ten minutes one every six seconds. SEED=N draws others.
set -euo pipefail
minutes=${1:-60}
build=${2:-build/release}
if ! [[ $minutes =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: tools/soak.sh [MINUTES [BUILD_DIR]]" >&2
  exit 2
fi
every=60
if [ "$minutes" -lt 10 ]; then every=6; fi
RANDOM=${SEED:-1}
# A board's files answer whatever else runs, and a fault is as short as it is meant to be.
renice -n -15 -p $$ >/dev/null 2>&1 || true

sample=0.1        # the policy's period
most_growth_kb=64 # pages that were never touched before
work=$(mktemp -d -p /dev/shm)
chmod 755 "$work"
root=$work/board
daemon='' emulator=''
clean() {
  [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
  [ -z "$daemon" ] || wait "$daemon" 2>/dev/null || true
  [ -z "$emulator" ] || kill "$emulator" 2>/dev/null || true
  [ -z "$emulator" ] || wait "$emulator" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM
fail() {
  echo "soak: $1" >&2
  tail -20 "$work/out" >&2
  exit 1
}
uptime_s() { read -r now _ </proc/uptime; } # the log's clock
tell_board() { echo "$1" >"$root/emulator/faults"; }
cpu=$root/sys/devices/system/cpu/cpufreq/policy0
gpu=$root/sys/class/devfreq/57000000.gpu
limits() {
  local a b c d
  read -r a <"$cpu/scaling_min_freq" && read -r b <"$cpu/scaling_max_freq" &&
    read -r c <"$gpu/min_freq" && read -r d <"$gpu/max_freq" || return 1
  limits="$a $b $c $d"
}
is_as() { limits && [ "$limits" = "$1" ]; }
within() { # TENTHS COMMAND...
  local left=$1
  shift
  while ! "$@"; do
    [ "$left" -gt 0 ] || return 1
    left=$((left - 1))
    sleep 0.1
  done
}

"$build/tests/tools/daemon/write_daemon_bench" "$work/tree" "$work/p.flyball"
mkdir "$root"
"$build/flyball" emulate --board nano-4gb --workload resnet18 --mount "$root" \
  >"$work/emulator" 2>&1 &
emulator=$!
within 200 test -e "$root/proc/stat" || {
  echo "soak: no board can be mounted here" >&2
  exit 77
}
limits
before=$limits
governed="403200 403200 614400000 614400000"
"$build/flyballd" run --policy "$work/p.flyball" --root "$root" --sample $sample \
  --log "$work/log.csv" >"$work/out" 2>&1 &
daemon=$!
within 100 is_as "$governed" || fail "it does not govern"

child_of() { cut -d' ' -f1 "/proc/$1/task/$1/children"; }
guard=$(child_of $daemon)
watcher=$(child_of "$guard")
# Sets $memory and $open: of each process, its own pages in kB and its descriptors.
measure() {
  local process all
  memory=() open=()
  for process in $daemon $guard $watcher; do
    [ -d "/proc/$process" ] || fail "a process is gone"
    memory+=("$(awk '/^RssAnon/ {print $2}' "/proc/$process/status")")
    all=("/proc/$process/fd"/*)
    open+=(${#all[@]})
  done
}

# FILE=KIND and for how many tenths of a second; another program is a word alone. All are faults that
# governing outlasts: what hangs does so for less than a silent process may.
faults=(
  "57000000.gpu/load=EIO 20" "emc/clk_rate=ENODATA 20" "override.emc/clk_state=EIO 20"
  "in_power0_input=ENODATA 20" "in_power0_input=gone 20" "thermal_zone0/temp=EAGAIN 20"
  "application/telemetry=EACCES 20" "application/telemetry=gone 20" "policy0=EBUSY 20"
  "policy0=gone 20" "policy0/scaling_max_freq=slow 3" "57000000.gpu/cur_freq=slow 3"
  "policy0/scaling_cur_freq=hung 2" "57000000.gpu/min_freq=hung 2" "proc/stat=hung 2"
  "57000000.gpu/max_freq=stuck 20" "policy0/scaling_min_freq=stuck 20" nvpmodel reload pause
)
# Each reading of these fails while it lasts, and more than ten in a minute end a run.
costly=("policy0/scaling_cur_freq=EIO 3" "policy0/scaling_min_freq=EIO 3" "proc/stat=EIO 3"
  "57000000.gpu/max_freq=EAGAIN 3" "57000000.gpu/target_freq=EINVAL 3")
costly_every=35
fault() {
  local file=${1%=*} tenths=${1##* }
  case $1 in
    nvpmodel)
      mode_at=$SECONDS
      tell_board nvpmodel=1 && sleep 1
      tell_board nvpmodel=0
      ;;
    reload) kill -HUP $daemon ;;
    pause) "$build/flyballd" pause 1s --root "$root" >/dev/null && sleep 1.5 ;;
    *)
      tell_board "${1% *}"
      sleep $((tenths / 10)).$((tenths % 10))
      tell_board "$file=ok"
      ;;
  esac
  within 30 is_as "$governed" || fail "after $1 it does not govern, the limits are $limits"
}

# Plays one and notes when.
made=0
play() {
  uptime_s && local begin=$now
  fault "$1"
  uptime_s
  echo "$begin $now" >>"$work/windows"
  made=$((made + 1))
}

begin=$SECONDS mode_at=$SECONDS
end=$((SECONDS + 60 * minutes))
# Each kind once, so that every page is touched that ever will be.
for one in "${faults[@]}" "${costly[0]}"; do play "$one"; done
costly_at=$SECONDS
sleep 11 # what a fault closed is open again: the last of it is read every 10 s
measure
first_memory=("${memory[@]}") first_open=("${open[@]}")
next=$SECONDS
while [ $((next += every)) -lt $end ]; do
  [ $SECONDS -ge $next ] || sleep $((next - SECONDS))
  if [ $((SECONDS - costly_at)) -ge $costly_every ] && [ $((RANDOM % 3)) = 0 ]; then
    play "${costly[RANDOM % ${#costly[@]}]}"
    costly_at=$SECONDS
  else
    one=${faults[RANDOM % ${#faults[@]}]}
    # It writes the limits twice: of three times in a minute flyballd steps aside, as it should.
    while [ "$one" = nvpmodel ] && [ $((SECONDS - mode_at)) -lt 90 ]; do
      one=${faults[RANDOM % ${#faults[@]}]}
    done
    play "$one"
  fi
done
sleep 1
measure
kill -TERM $daemon
code=0
wait $daemon || code=$?
daemon=
[ $code = 0 ] || fail "exit code $code"
is_as "$before" || fail "the limits are $limits, before $before"

names=("flyballd" "flyballd-guard" "flyballd-watch")
for i in 0 1 2; do
  echo "${names[i]}: ${memory[i]} kB of its own (${first_memory[i]} at first), ${open[i]} descriptors (${first_open[i]})"
  [ "${open[i]}" -le "${first_open[i]}" ] || fail "descriptors of ${names[i]} leak"
  [ $((memory[i] - first_memory[i])) -le $most_growth_kb ] || fail "memory of ${names[i]} grows"
done
# Readings come at whole periods and up to eight tenths of one later; where a period has none, and no
# fault was, a tick is lost.
grep -E '^[0-9]' "$work/log.csv" | cut -d, -f1 | awk -v sample=$sample -v windows="$work/windows" '
  BEGIN {
    while ((getline line < windows) > 0) {
      split(line, at, " ")
      from[++count] = at[1]
      to[count] = at[2] + 1
    }
  }
  { time[++rows] = $1 }
  END {
    for (i = 2; i <= rows; ++i) {
      periods = (time[i] - time[1]) / sample
      off = periods - int(periods + 0.5)
      if (off * off < 0.09) { sum += off; ++used }
    }
    start = time[1] + (sum / used - 0.2) * sample
    for (i = 2; i <= rows; ++i) {
      if (int((time[i] - start) / sample) - int((time[i - 1] - start) / sample) < 2) continue
      outside = 1
      for (w = 1; w <= count; ++w) if (time[i - 1] < to[w] && time[i] > from[w]) outside = 0
      if (outside) printf "lost: %.2f s without a reading at %.2f\n", time[i] - time[i - 1], time[i]
      lost += outside
      excused += !outside
    }
    printf "%d readings, %d gaps during faults, %d outside\n", rows, excused, lost
    exit lost > 0 || rows < 100
  }' || fail "ticks are lost"
echo "$((SECONDS - begin)) s, $made faults: memory, descriptors and ticks as they should be"
