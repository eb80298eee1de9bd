#!/bin/sh
# One run of flyballd on a Nano's tree under an emulator: check_emulated_run.sh BUILD EMULATOR
set -eu
build=$1
emulator=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" # the policy's process is somebody else
root=$work/root
cpu=$root/sys/devices/system/cpu/cpufreq/policy0
gpu=$root/sys/class/devfreq/57000000.gpu
$emulator "$build/tests/tools/daemon/write_daemon_bench" "$root" "$work/p.flyball"

limits() {
  cat "$cpu/scaling_min_freq" "$cpu/scaling_max_freq" "$gpu/min_freq" "$gpu/max_freq" | tr '\n' ' '
}
fail() {
  echo "$*" >&2
  cat "$work/said" >&2
  exit 1
}
before=$(limits)
$emulator "$build/flyballd" run --policy "$work/p.flyball" --root "$root" --json \
  >"$work/report" 2>"$work/said" &
daemon=$!
tries=0
while [ "$(limits)" != "403200 403200 614400000 614400000 " ]; do
  tries=$((tries + 1))
  [ $tries -lt 300 ] || fail "nothing was governed: $(limits)"
  sleep 0.1
done
[ -n "$(cat /proc/$daemon/task/$daemon/children)" ] || fail "there is no guard"
kill -TERM $daemon
wait $daemon || fail "exit code $?"
[ "$(limits)" = "$before" ] || fail "not given back: $(limits)"
grep -q '"restored_controls": [1-9]' "$work/report" || fail "$(cat "$work/report")"
echo "governed, and given back; not here: the kernel's filter of system calls, which qemu-user lacks"
grep 'no system call is forbidden' "$work/said"
