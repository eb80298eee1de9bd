#!/bin/bash
# Makes every file that flyballd uses on an emulated Nano fail in every way, and lets other programs
# write the same files: at the start, while it governs, and while it gives the clocks back. Looks
# that nothing crashes, that it ends within its deadline, that the file is named where governing
# ended for it, that it governs again where the file came back, and that when all is over the clocks
# are as before, or as the others set them.
#
#   tools/fault-matrix.sh [--every N] [--jobs N] [--only WORD] [BUILD_DIR]
#
# --every: every Nth case (1: all). --jobs: boards at a time (4; a case waits more than it works).
# --only: cases that contain the word, as "policy0/scaling_cur_freq hung start". build/release.
set -euo pipefail
usage() {
  echo "usage: tools/fault-matrix.sh [--every N] [--jobs N] [--only WORD] [BUILD_DIR]" >&2
  exit 2
}
every=1 jobs=4 only='' build=build/release
while [ $# -gt 0 ]; do
  case $1 in
    --every | --jobs)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || usage
      if [ "$1" = --every ]; then every=$2; else jobs=$2; fi
      shift 2
      ;;
    --only) only=${2:?} && shift 2 ;;
    -*) usage ;;
    *) build=$1 && shift ;;
  esac
done

files=(policy0/scaling_cur_freq policy0/scaling_min_freq policy0/scaling_max_freq policy0
  57000000.gpu/cur_freq 57000000.gpu/target_freq 57000000.gpu/min_freq 57000000.gpu/max_freq
  57000000.gpu/load override.emc/clk_state override.emc/clk_update_rate emc/clk_rate
  in_power0_input thermal_zone0/temp proc/stat application/telemetry)
kinds=(EIO EINVAL EAGAIN EACCES ENODEV ENODATA EBUSY slow hung stuck gone)
# Others, and what they write to emulator/faults; the limits that they leave are looked up first.
others=(nvpmodel jetson_clocks cpu-writer gpu-writer)
declare -A begins=([nvpmodel]=nvpmodel=1 [jetson_clocks]=jetson_clocks=on
  [cpu-writer]=policy0/scaling_max_freq=writes:1224000:1.1
  [gpu-writer]=57000000.gpu/max_freq=writes:537600000:1.1)
declare -A ends=([nvpmodel]=nvpmodel=0 [jetson_clocks]=jetson_clocks=restore
  [cpu-writer]=policy0/scaling_max_freq=ok [gpu-writer]=57000000.gpu/max_freq=ok)

# What a process may take, in milliseconds, and this script on a busy machine.
start_ms=20000 # a start waits for a file so long, then it is killed
hang_ms=2400   # a silent process is ended after 0.7 s, one that hangs with its guard after 2.4 s
slack_ms=3000

work=$(mktemp -d)
chmod 755 "$work"
pids=()
clean() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf --one-file-system "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

now_ms() { now=${EPOCHREALTIME/./} && now=$((now / 1000)); }
limits() { # sets $limits
  local a b c d
  read -r a <"$cpu/scaling_min_freq" && read -r b <"$cpu/scaling_max_freq" &&
    read -r c <"$gpu/min_freq" && read -r d <"$gpu/max_freq" || return 1
  limits="$a $b $c $d"
}
free() {
  echo 102000 >"$cpu/scaling_min_freq"
  echo 1479000 >"$cpu/scaling_max_freq"
  echo 76800000 >"$gpu/min_freq"
  echo 921600000 >"$gpu/max_freq"
}
tell_board() { echo "$1" >"$root/emulator/faults"; }
within() { # MILLISECONDS COMMAND...: whether it holds in time
  local until
  now_ms
  until=$((now + $1))
  shift
  while ! "$@"; do
    now_ms
    [ "$now" -lt $until ] || return 1
    sleep 0.02
  done
}
has_ended() { ! kill -0 "$daemon" 2>/dev/null; }
is_governed() { limits && [ "$limits" = "$governed" ]; }
is_as() { limits && [ "$limits" = "$1" ]; }
fail() { # the first one counts
  [ -n "$verdict" ] || verdict="$1"
}
is_named() {
  case $file in
    policy0) grep -q "policy0\|/cpufreq:" "$out" ;; # the only one: no board without it
    57000000.gpu/load) grep -q "gpu/load\|gpu/device/load" "$out" ;;
    *) grep -q "$file" "$out" ;;
  esac
}
is_told() { within 2000 is_named; } # the guard may say so after the process that it ended

end_of() { # how it ended: sets $code and $took
  local deadline=$1
  if within "$deadline" has_ended; then
    :
  else
    fail "it does not end within $deadline ms"
    tell_board "$over"
    within 5000 has_ended || kill -KILL "$daemon" 2>/dev/null
  fi
  now_ms
  took=$((now - asked))
  code=0
  wait "$daemon" 2>/dev/null || code=$?
}

start_daemon() {
  "$build/flyballd" run --policy "$work/p.flyball" --root "$root" --sample 0.02 --period 0.02 \
    --wait 0.2 "$@" >"$out" 2>&1 &
  daemon=$!
}

# One case: sets $verdict (empty: all is well), $code, $took and $mark.
run_case() {
  local is_other=no
  verdict='' mark='' expected=$before
  if [ -n "${begins[$file]:-}" ]; then
    is_other=yes begin=${begins[$file]} over=${ends[$file]} expected=${left_by[$file]}
  else
    begin=$file=$kind over=$file=ok
  fi
  if [ "$when" = start ]; then
    tell_board "$begin"
    [ $is_other = no ] || within 3000 is_as "$expected" || fail "the others do not write"
    now_ms && asked=$now
    start_daemon --for 0.8
    local limit=$((slack_ms + 3000))
    [ "$kind" != hung ] && [ "$kind" != slow ] || limit=$((slack_ms + start_ms))
    end_of $limit
  else
    start_daemon
    within 8000 is_governed || fail "it does not govern"
    tell_board "$begin"
    now_ms && asked=$now
    if [ "$when" = steady ]; then
      sleep 1
      [[ $file != *-writer ]] || within 6000 grep -q 'steps aside' "$out" || true
      if has_ended; then
        :
      elif [ $is_other = no ] && [ "$kind" != hung ]; then
        tell_board "$over"
        # slow: what was asked meanwhile is still on its way
        within 4000 has_ended_or_governs || fail "it does not govern again, the limits are $limits"
      fi
      [ "$kind" != hung ] || within $((hang_ms + slack_ms)) has_ended || true
      now_ms && asked=$now
    fi
    kill -TERM $daemon 2>/dev/null || true
    end_of $((hang_ms + slack_ms))
  fi
  case $code in
    0) is_named && mark=s || mark=. ;;
    4)
      mark=r
      [ $is_other = yes ] || is_told || fail "exit code 4, and the file is not named"
      ;;
    137)
      mark=k
      [ "$kind" = hung ] || [ "$kind" = slow ] || fail "it was killed"
      is_told || fail "it was killed, and the file is not named"
      ;;
    *) fail "exit code $code" ;;
  esac
  [ $is_other = no ] || check_other
  # Whoever is left and waited for the file puts the clocks back now.
  if [ $is_other = no ]; then
    tell_board "$over"
    within 5000 restores || fail "it cannot be put back"
    case $kind in
      gone | ENODEV) # what does not exist needs no putting back: said, and here it comes back
        is_as "$before" || grep -q "no longer there" "$out" || fail "it is not said"
        free
        ;;
    esac
    is_as "$before" || fail "the limits are $limits, before $before"
  fi
  [ ! -e "$root/run/flyball/backup" ] || fail "a backup is left"
  [ -z "$verdict" ] || {
    mark=F
    tell_board "$over"
    within 2000 restores || rm -f "$root/run/flyball/backup"
  }
  [ $is_other = no ] || tell_board "$over"
  within 300 is_as "$before" || free
}
has_ended_or_governs() { has_ended || is_governed; }
restores() { "$build/flyballd" restore --root "$root" >>"$out" 2>&1; }

# What others wrote is what stays, and it is told. These write inside the emulator, where the kernel
# sees no writer, so a number that flyballd had written itself is not seen as theirs: of nvpmodel's
# mode 1 that is the GPU's maximum.
check_other() {
  local unseen="${expected% *} ${before##* }"
  [ $file = nvpmodel ] || unseen=$expected
  within 2000 restores || fail "it cannot be put back"
  within 1000 is_as "$expected" || is_as "$unseen" || fail "the limits are $limits, the others' $expected"
  case $file-$when in
    jetson_clocks-start)
      [ $code = 4 ] && grep -q 'jetson_clocks --restore' "$out" || fail "the way out is not told"
      ;;
    *-start) [ $code = 0 ] || fail "exit code $code" ;;
    *writer-steady) grep -q 'steps aside' "$out" || fail "it does not step aside" ;;&
    *-steady) grep -q 'somebody else wrote' "$out" || fail "it is not told" ;;
  esac
}

mount_board() {
  mkdir "$root"
  "$build/flyball" emulate --board nano-4gb --workload resnet18 --mount "$root" \
    >"$root.out" 2>&1 &
  emulator=$!
  trap 'kill $emulator; wait $emulator || true' EXIT
  trap 'exit 130' INT TERM
  within 20000 test -e "$root/proc/stat"
}

# Each Nth of the cases in a process of its own, on a board of its own.
work_on_cases() {
  local index=$1 number=0
  exec 2>/dev/null # the shell tells of every process that was killed
  root=$work/board$index out=$work/out$index
  cpu=$root/sys/devices/system/cpu/cpufreq/policy0 gpu=$root/sys/class/devfreq/57000000.gpu
  mount_board || { echo unmounted >"$work/results$index" && return; }
  limits && before=$limits
  governed="403200 403200 614400000 614400000"
  declare -A left_by
  for file in "${others[@]}"; do
    tell_board "${begins[$file]}"
    sleep 0.5
    limits && left_by[$file]=$limits
    tell_board "${ends[$file]}"
    within 500 is_as "$before" || free
  done
  while read -r file kind when; do
    number=$((number + 1))
    [ $((number % jobs)) = "$index" ] || continue
    run_case
    echo "$file $kind $when $mark $code $took $verdict" >>"$work/results$index"
    [ "$mark" != F ] || cp "$out" "$work/failure-${file//\//_}-$kind-$when"
  done <"$work/cases"
}

for file in "${files[@]}"; do
  for kind in "${kinds[@]}"; do
    for when in start steady shutdown; do echo "$file $kind $when"; done
  done
done >"$work/all"
for file in "${others[@]}"; do
  for when in start steady shutdown; do echo "$file others $when"; done
done >>"$work/all"
{ grep -F -- "$only" "$work/all" || true; } | awk -v n="$every" 'NR % n == 0' >"$work/cases"

"$build/tests/tools/daemon/write_daemon_bench" "$work/tree" "$work/p.flyball"
for ((index = 0; index < jobs; ++index)); do
  work_on_cases $index &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || true; done
if grep -qx unmounted "$work"/results*; then
  echo "fault-matrix: no board can be mounted here" >&2
  exit 77
fi

cat "$work"/results* >"$work/results"
awk -v kinds="${kinds[*]} others" '
  BEGIN { count = split(kinds, kind, " ") }
  {
    if (!($1 in seen)) { seen[$1] = 1; rows[++row] = $1 }
    mark[$1, $2, $3] = $4
    if ($6 > most[$3]) { most[$3] = $6; which[$3] = $1 " " $2 }
  }
  function of(file, kind, when) { return (file, kind, when) in mark ? mark[file, kind, when] : " " }
  END {
    printf "%-28s", "start, steady, shutdown"
    for (k = 1; k <= count; ++k) printf "%-8s", kind[k]
    print ""
    for (r = 1; r <= row; ++r) {
      line = sprintf("%-28s", rows[r])
      for (k = 1; k <= count; ++k) {
        line = line sprintf("%-8s", of(rows[r], kind[k], "start") of(rows[r], kind[k], "steady") \
                                    of(rows[r], kind[k], "shutdown"))
      }
      sub(/ +$/, "", line)
      print line
    }
    print ". ended well   s ended well, the file named   r refused or ended, the file named"
    print "k killed for a file that does not answer, named   F failed"
    for (when in most) printf "longest, %s: %d ms (%s)\n", when, most[when], which[when]
  }' "$work/results"
total=$(wc -l <"$work/results")
failed=$(awk '$4 == "F"' "$work/results" | wc -l)
if [ "$failed" -gt 0 ]; then
  awk '$4 == "F" { $4 = ""; $5 = ""; print }' "$work/results" >&2
  for file in "$work"/failure-*; do
    echo "--- ${file##*/failure-}" >&2
    head -20 "$file" >&2
  done
  echo "fault-matrix: $failed of $total cases failed" >&2
  exit 1
fi
echo "$total cases: no crash, no hang, the file named, and every time the clocks were as before"
