#!/bin/sh
# Makes every file that flyballd uses on an emulated Nano fail in every way, at the start, while it
# governs and while it gives the clocks back, and looks: no crash, no hang, the file is named where
# governing ended for it, and when the fault is over the clocks are as before.
#
#   tools/fault-matrix.sh [EVERY [BUILD_DIR]]     EVERY nth case (1: all), build/release
set -eu
every=${1:-1}
build=${2:-build/release}
work=$(mktemp -d)
root=$work/board
emulator=
clean() {
  [ -z "$emulator" ] || kill "$emulator" 2>/dev/null || true
  [ -z "$emulator" ] || wait "$emulator" 2>/dev/null || true
  rm -rf "$work"
}
trap clean EXIT

"$build/tests/tools/daemon/write_daemon_bench" "$work/tree" "$work/p.flyball"
mkdir "$root"
"$build/flyball" emulate --board nano-4gb --workload resnet18 --mount "$root" >/dev/null 2>&1 &
emulator=$!
n=0
while [ ! -e "$root/proc/stat" ]; do
  n=$((n + 1))
  [ $n -lt 100 ] || { echo "fault-matrix: no board can be mounted here" >&2 && exit 77; }
  sleep 0.05
done

cpu=$root/sys/devices/system/cpu/cpufreq/policy0
gpu=$root/sys/class/devfreq/57000000.gpu
limits() {
  cat "$cpu/scaling_min_freq" "$cpu/scaling_max_freq" "$gpu/min_freq" "$gpu/max_freq" | tr '\n' ' '
}
free() {
  echo 102000 >"$cpu/scaling_min_freq"
  echo 1479000 >"$cpu/scaling_max_freq"
  echo 76800000 >"$gpu/min_freq"
  echo 921600000 >"$gpu/max_freq"
}
set_fault() { echo "$1" >"$root/emulator/faults"; }
fail() {
  echo "$file=$kind at the $when: $1" >&2
  cat "$work/out" >&2
  exit 1
}
ended() { # within $1 tenths of a second
  n=0
  while kill -0 "$daemon" 2>/dev/null; do
    [ $n -lt "$1" ] || return 1
    n=$((n + 1))
    sleep 0.1
  done
}

run_case() {
  [ "$when" != start ] || set_fault "$file=$kind"
  "$build/flyballd" run --policy "$work/p.flyball" --root "$root" --sample 0.02 --period 0.02 \
    --for 0.8 --wait 0.2 >"$work/out" 2>&1 &
  daemon=$!
  [ "$when" = start ] || sleep 0.3
  [ "$when" = start ] || set_fault "$file=$kind"
  [ "$when" != end ] || kill -TERM $daemon
  if ! ended 50; then
    # Nothing ends a process while the kernel waits for an answer; afterwards it must not stay.
    [ "$kind" = hung ] || fail "flyballd hangs"
    set_fault "$file=ok"
    ended 50 || fail "flyballd stays though the file answers again"
  fi
  code=0
  wait $daemon 2>/dev/null || code=$?
  case $code in
    0 | 130) ;;
    4) grep -q "${file##*/}\|the guard" "$work/out" || fail "the file is not named" ;;
    137) [ "$kind" = hung ] || fail "killed" ;;
    *) fail "exit code $code" ;;
  esac
  set_fault "$file=ok"
  n=0
  until "$build/flyballd" restore --root "$root" >>"$work/out" 2>&1; do # the watcher may be at it
    n=$((n + 1))
    [ $n -lt 5 ] || fail "it cannot be put back"
  done
  case $kind in
    gone | ENODEV) # what does not exist needs no putting back: said, and here it comes back as it was
      [ "$(limits)" = "$before" ] || grep -q "no longer there" "$work/out" || fail "it is not said"
      free
      ;;
  esac
  [ "$(limits)" = "$before" ] || fail "the limits are $(limits), before $before"
  [ ! -e "$root/run/flyball/backup" ] || fail "a backup is left"
}

before=$(limits)
cases=0
done=0
for file in policy0/scaling_cur_freq policy0/scaling_min_freq policy0/scaling_max_freq policy0 \
  57000000.gpu/cur_freq 57000000.gpu/target_freq 57000000.gpu/min_freq 57000000.gpu/max_freq \
  57000000.gpu/load override.emc/clk_state override.emc/clk_update_rate emc/clk_rate \
  in_power0_input thermal_zone0/temp proc/stat application/telemetry; do
  for kind in EIO EINVAL EAGAIN EACCES ENODEV ENODATA slow hung stuck gone; do
    for when in start middle end; do
      cases=$((cases + 1))
      [ $((cases % every)) = 0 ] || continue
      done=$((done + 1))
      run_case
    done
  done
done
echo "$done of $cases cases: no crash, no hang, and every time the clocks were as before"
