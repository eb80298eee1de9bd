#!/bin/sh
# Kills or stops the policy's process, the guard, its watcher, or several of them, at random moments
# (saving and putting back included), and looks whether a board's clocks come back: within a second
# where one process is left that can, at the next start or restore where none is. A saved state must
# never hold a learned value.
#
#   tools/kill-matrix.sh [ROUNDS [BUILD_DIR [SEED]]]      1,000 rounds, build/release, 1
set -eu
rounds=${1:-1000}
build=${2:-build/release}
seed=${3:-1}
limit_ms=1500 # one second, and what a busy machine and this script add
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
cpu=$root/sys/devices/system/cpu/cpufreq/policy0
gpu=$root/sys/class/devfreq/57000000.gpu

"$build/tests/tools/daemon/write_daemon_bench" "$root" "$work/p.flyball"

limits() { # an ordinary file may keep the end of a longer number where its writer was killed
  head -qn1 "$cpu/scaling_min_freq" "$cpu/scaling_max_freq" "$gpu/min_freq" "$gpu/max_freq" |
    tr '\n' ' '
}
draw() { # sets $drawn, up to $1 - 1; in a subshell the next draw would be the same
  seed=$(((seed * 1103515245 + 12345) % 2147483648))
  drawn=$(((seed / 65536) % $1))
}
pause() { # up to $1 milliseconds
  draw "$1"
  sleep "0.$(printf %03d $drawn)"
}
now_ms() { echo $(($(date +%s%N) / 1000000)); }
child_of() { # PROCESS NAME: a start has one more child
  for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null || true); do
    [ "$(cat "/proc/$child/comm" 2>/dev/null || true)" = "$2" ] && echo "$child" && return
  done
  true
}
send() { # SIGNAL PROCESS...; one that is not there yet, or no more, needs none
  signal=$1
  shift
  for process in "$@"; do kill "-$signal" "$process" 2>/dev/null || true; done
}
wait_for_limits() {
  begin=$(now_ms)
  while [ "$(limits)" != "$before" ]; do
    [ $(($(now_ms) - begin)) -lt $limit_ms ] || return 1
    sleep 0.01
  done
  took=$(($(now_ms) - begin))
  [ $took -le $slowest ] || slowest=$took
}
fail() {
  echo "round $round: $1: limits $(limits), before $before" >&2
  cat "$root/run/flyball/backup" >&2 2>/dev/null || true
  exit 1
}

before=$(limits)
slowest=0
round=0
while [ "$round" -lt "$rounds" ]; do
  round=$((round + 1))
  "$build/flyballd" run --policy "$work/p.flyball" --root "$root" --sample 0.02 --period 0.02 \
    >/dev/null 2>&1 &
  policy=$!
  pause 300
  guard=$(child_of $policy flyballd-guard)
  watcher=$([ -z "$guard" ] || child_of "$guard" flyballd-watch)
  is_left=yes
  draw 12
  case $drawn in
    0) what="SIGKILL of the policy" && send KILL $policy ;;
    1) what="SIGSTOP of the policy" && send STOP $policy ;;
    2) what="SIGKILL of the guard" && send KILL $guard ;;
    3) what="SIGSTOP of the guard" && send STOP $guard ;;
    4) what="SIGKILL of the watcher" && send KILL $watcher ;;
    5) what="SIGSTOP of the watcher" && send STOP $watcher ;;
    6) what="SIGKILL of policy and guard" && send KILL $policy $guard ;;
    7) what="SIGSTOP of policy and guard" && send STOP $policy $guard ;;
    8) what="SIGKILL of the policy while putting back" && send TERM $policy && pause 6 &&
      send KILL $policy ;;
    9) what="SIGKILL of the guard while putting back" && send TERM $policy && pause 6 &&
      send KILL $guard ;;
    10) what="SIGKILL of guard and watcher" && is_left=no && send KILL $guard $watcher ;;
    11) what="SIGKILL of all" && is_left=no && send KILL $watcher $guard $policy ;;
  esac
  # Before there was a watcher nothing had been written, or the guard was in the midst of saving.
  if [ -n "$watcher" ] && [ $is_left = yes ]; then wait_for_limits || fail "$what"; fi
  [ -n "$watcher" ] || watcher=$([ -z "$guard" ] || child_of "$guard" flyballd-watch)
  send KILL $policy $guard $watcher
  wait $policy 2>/dev/null || true
  draw 4
  if [ $drawn = 0 ]; then # the one that puts back may be killed, too
    "$build/flyballd" restore --root "$root" >/dev/null 2>&1 &
    restoring=$!
    pause 10
    send KILL $restoring
    wait $restoring 2>/dev/null || true
  fi
  draw 2
  if [ $drawn = 0 ]; then
    "$build/flyballd" restore --root "$root" >/dev/null || fail "restore after $what"
  else
    "$build/flyballd" run --policy "$work/p.flyball" --root "$root" --for 0.05 --period 0.02 \
      --sample 0.02 >/dev/null 2>&1 || fail "a run after $what"
  fi
  [ "$(limits)" = "$before" ] || fail "after $what"
  [ ! -e "$root/run/flyball/backup" ] || fail "a backup is left after $what"
done
echo "$rounds rounds: every time the clocks were as before, after at most $slowest ms"
