#!/bin/sh
# What systemd itself says of the installed unit: check_unit.sh FLYBALLD WORK
# It is well formed, its exposure ("systemd-analyze security", 0 to 10) is 2.5 at most, and it gives
# the clocks back. 77: there is no systemd-analyze that judges files (version 250).
set -eu
flyballd=$1
work=$2
if ! systemd-analyze security --help 2>&1 | grep -q -e --offline; then
  echo "skipped: no systemd-analyze with --offline"
  exit 77
fi
rm -rf "$work"
mkdir -p "$work"
"$flyballd" install --root "$work" >"$work/said"
unit=$work/etc/systemd/system/flyballd.service

complaints=$(systemd-analyze verify --man=no "$unit" 2>&1) || {
  echo "$complaints"
  exit 1
}
if [ -n "$complaints" ]; then
  echo "$complaints"
  exit 1
fi
systemd-analyze security --offline=true --threshold=25 --no-pager "$unit" >"$work/security" || {
  cat "$work/security"
  exit 1
}
tail -n1 "$work/security"
for line in Type=notify WatchdogSec=10 "ExecStopPost=$flyballd restore" Restart=on-failure; do
  grep -qxF "$line" "$unit" || {
    echo "$unit: no line $line"
    exit 1
  }
done
