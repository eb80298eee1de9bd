#!/bin/sh
# Kills or stops the governing process, its watcher, or both, at random moments (saving and putting
# back included), and looks whether a board's clocks come back: within a second where one process
# died, at the next start or restore where all did. A saved state must never hold a learned value.
#
#   tools/kill-matrix.sh [ROUNDS [BUILD_DIR [SEED]]]      1,000 rounds, build/release, 1
set -eu
rounds=${1:-1000}
build=${2:-build/release}
seed=${3:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
cpu=$root/sys/devices/system/cpu/cpufreq/policy0
gpu=$root/sys/class/devfreq/57000000.gpu

"$build/tests/tools/daemon/write_daemon_bench" "$root" "$work/p.flyball"

limits() {
  cat "$cpu/scaling_min_freq" "$cpu/scaling_max_freq" "$gpu/min_freq" "$gpu/max_freq" | tr '\n' ' '
}
random() {  # up to $1 - 1
  seed=$(((seed * 1103515245 + 12345) % 2147483648))
  echo $(((seed / 65536) % $1))
}
wait_for_limits() {  # up to $1 hundredths of a second
  n=0
  while [ "$(limits)" != "$before" ]; do
    [ $n -lt "$1" ] || return 1
    n=$((n + 1))
    sleep 0.01
  done
}
fail() {
  echo "round $round: $1: limits $(limits), before $before" >&2
  cat "$root/run/flyball/backup" >&2 2>/dev/null || true
  exit 1
}

before=$(limits)
round=0
while [ $round -lt "$rounds" ]; do
  round=$((round + 1))
  "$build/flyballd" run --policy "$work/p.flyball" --root "$root" --sample 0.02 --period 0.02 \
    >/dev/null 2>&1 &
  daemon=$!
  sleep "0.$(printf %03d "$(random 300)")"
  watcher=$(cat "/proc/$daemon/task/$daemon/children" 2>/dev/null || true)
  case $(random 6) in
    0) what="SIGKILL of the governing process"; kill -KILL $daemon ;;
    1) what="SIGSTOP of the governing process"; kill -STOP $daemon ;;
    2) what="SIGKILL of the watcher"; kill -KILL ${watcher:-$daemon} 2>/dev/null || true ;;
    3) what="SIGSTOP of the watcher"; kill -STOP ${watcher:-$daemon} 2>/dev/null || true ;;
    4) what="SIGKILL while putting back"; kill -TERM $daemon; kill -KILL $daemon ;;
    5) what="SIGKILL of both"; kill -KILL $daemon $watcher 2>/dev/null || true ;;
  esac
  if [ "$what" != "SIGKILL of both" ]; then
    wait_for_limits 200 || fail "$what"
  fi
  if [ -z "$watcher" ]; then kill -KILL $daemon 2>/dev/null || true; fi  # it had not begun
  wait $daemon 2>/dev/null || true
  if [ "$(random 2)" = 0 ]; then
    "$build/flyballd" restore --root "$root" >/dev/null || fail "restore after $what"
  else
    "$build/flyballd" run --policy "$work/p.flyball" --root "$root" --for 0.05 --period 0.02 \
      --sample 0.02 >/dev/null 2>&1 || fail "a run after $what"
  fi
  [ "$(limits)" = "$before" ] || fail "after $what"
  [ ! -e "$root/run/flyball/backup" ] || fail "a backup is left after $what"
done
echo "$rounds rounds: every time the clocks were as before"
