#!/bin/bash
# Tries the Debian package and its service under a systemd of its own, on a board of ordinary files:
# installing, the sandbox, stopping, the death of all processes, a hang, removal. After each the
# board's limits must read as before. Nothing of this system changes: mounts, processes and files are
# in namespaces and in an overlay that is thrown away.
#
#   tools/service-trial.sh [BUILD_DIR]      build/release; half a minute, as root, with systemd
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:-build/release}")
bench=$build/tests/tools/daemon/write_daemon_bench
systemd=/lib/systemd/systemd
if [ "$(id -u)" -ne 0 ] || [ ! -x $systemd ] || [ ! -x "$bench" ]; then
  echo "service-trial: needs root, systemd, and the targets flyballd_pages, flyballd_service and" \
    "write_daemon_bench of $build" >&2
  exit 4
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/shared" "$work/overlay"
cpack --config "$build/CPackConfig.cmake" -B "$work/packages" \
  -D "CPACK_COMPONENTS_ALL=flyballd;service" >/dev/null 2>&1
cp "$work"/packages/*.deb "$work/shared/governor.deb"
cp "$bench" "$work/shared/write_bench"

cat >"$work/shared/trial.sh" <<'END'
#!/bin/bash
# Within: /trial is shared with the outside.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
board=/srv/board
cpu=$board/sys/devices/system/cpu/cpufreq/policy0
gpu=$board/sys/class/devfreq/57000000.gpu
limits() { head -qn1 $cpu/scaling_{min,max}_freq $gpu/{min,max}_freq | tr '\n' ' '; }
main_pid() { systemctl show -p MainPID --value flyballd; }
all_pids() { cat /sys/fs/cgroup/system.slice/flyballd.service/cgroup.procs; }
check() { # WHAT COMMAND...
  local what=$1
  shift
  if "$@"; then echo "ok: $what"; else echo "FAILED: $what ($*; limits $(limits))"; fi
}
is() { [ "$1" = "$2" ]; }
comes() { # COMMAND, within ten seconds
  for _ in $(seq 100); do
    if eval "$1"; then return 0; fi
    sleep 0.1
  done
  return 1
}
given_back() { [ "$(limits)" = "$before" ]; }
governed() { [ "$(limits)" = "403200 403200 614400000 614400000 " ]; }

dpkg -i /trial/governor.deb >/dev/null 2>&1
check "the package is installed" test -x /usr/bin/flyballd
check "its user is there" grep -q ^flyball: /etc/passwd
check "nothing was started" is "$(systemctl is-active flyballd)" inactive
FLYBALL_CONFIGS=/usr/share/flyball/configs /trial/write_bench $board /etc/flyball/policy.flyball
chmod 644 /etc/flyball/policy.flyball
before=$(limits)
mkdir -p /etc/systemd/system/flyballd.service.d
cat >/etc/systemd/system/flyballd.service.d/board.conf <<UNIT
[Service]
ExecStart=
ExecStart=/usr/bin/flyballd run --root $board --config /etc/flyball/flyball.toml
ExecStopPost=
ExecStopPost=/usr/bin/flyballd restore --root $board
ReadWritePaths=$board
StandardError=file:/trial/said
UNIT
systemctl daemon-reload

check "it starts, and says that it is ready" systemctl start flyballd
check "it governs" comes governed
pid=$(main_pid)
check "who decides has no capability" grep -qx $'CapEff:\t0\\{16\\}' /proc/$pid/status
check "who decides is the user flyball" is "$(stat -c %U /proc/$pid)" flyball
check "a reload is taken" systemctl reload flyballd
check "it stops" systemctl stop flyballd
check "a stop gives the clocks back" given_back
systemctl start flyballd
comes governed
kill -KILL $(all_pids)
check "all processes killed: the clocks come back" comes given_back
check "all processes killed: it starts again" comes governed
kill -STOP "$(main_pid)"
check "a hang: the clocks come back" comes given_back
check "a hang: it starts again" comes governed
dpkg -r flyball-governor >/dev/null 2>&1
check "a removal gives the clocks back" given_back
check "the package is gone" test ! -e /usr/bin/flyballd
echo end
END

cat >"$work/outer.sh" <<END
set -e
mount -t tmpfs none $work/overlay
mkdir $work/overlay/{upper,work,root}
root=$work/overlay/root
mount -t overlay overlay -o lowerdir=/,upperdir=$work/overlay/upper,workdir=$work/overlay/work \$root
mount -t proc proc \$root/proc
mount --rbind /dev \$root/dev
mount -t sysfs sysfs \$root/sys
mount -t tmpfs tmpfs \$root/run
mount -t tmpfs tmpfs \$root/tmp
mount -t cgroup2 cgroup2 \$root/sys/fs/cgroup
mkdir \$root/trial
mount --bind $work/shared \$root/trial
cat >\$root/etc/systemd/system/trial.service <<UNIT
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/bash /trial/trial.sh
StandardOutput=append:/trial/out
StandardError=inherit
ExecStopPost=/bin/systemctl --force --force poweroff
UNIT
printf '[Unit]\nWants=trial.service\n' >\$root/etc/systemd/system/trial.target
export container=other
exec chroot \$root $systemd --unit=trial.target --log-target=null
END
# It ends by a power-off of the namespace, which is a signal here.
timeout -k 5 100 unshare --mount --pid --cgroup --fork --kill-child bash "$work/outer.sh" \
  >"$work/log" 2>&1 || true
if ! grep -qx end "$work/shared/out" 2>/dev/null; then
  cat "$work/log" "$work/shared/out" "$work/shared/said" 2>/dev/null || true
  echo "service-trial: systemd did not run to the end (above)" >&2
  exit 4
fi
grep -v '^end$' "$work/shared/out"
if grep -q '^FAILED' "$work/shared/out"; then
  cat "$work/shared/said"
  exit 1
fi
