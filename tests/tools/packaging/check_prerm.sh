#!/bin/sh
# The package's script before removal, with a flyballd and a systemctl that only note what they are
# asked: check_prerm.sh PRERM WORK
set -eu
prerm=$1
work=$2
rm -rf "$work"
mkdir -p "$work"
cat >"$work/flyballd" <<'END'
#!/bin/sh
echo "$@" >>"$FLYBALLD_CALLS"
case $1 in
  status) exit "$STATUS_CODE" ;;
  restore) exit "$RESTORE_CODE" ;;
esac
END
cat >"$work/systemctl" <<'END'
#!/bin/sh
echo "systemctl $@" >>"$FLYBALLD_CALLS"
END
chmod +x "$work/flyballd" "$work/systemctl"
export FLYBALLD_CALLS="$work/calls" PATH="$work:$PATH"

# removes STATUS_CODE RESTORE_CODE: whether the package may go
removes() {
  : >"$FLYBALLD_CALLS"
  STATUS_CODE=$1 RESTORE_CODE=$2 "$prerm" remove 2>"$work/said"
}
removes 1 0 || { echo "nothing governs, and it does not go" && exit 1; }
grep -qx restore "$FLYBALLD_CALLS" || { echo "clocks are not put back" && exit 1; }
if [ -d /run/systemd/system ]; then
  [ "$(head -n1 "$FLYBALLD_CALLS")" = "systemctl stop flyballd.service" ]
fi
if removes 0 0; then echo "it goes while a flyballd governs" && exit 1; fi
grep -q "governs this board" "$work/said"
if removes 4 0; then echo "it goes while a flyballd hangs" && exit 1; fi
if removes 1 4; then echo "it goes though clocks are not put back" && exit 1; fi
grep -q "could not be put back" "$work/said"
: >"$FLYBALLD_CALLS"
STATUS_CODE=0 RESTORE_CODE=4 "$prerm" upgrade 2.0
[ ! -s "$FLYBALLD_CALLS" ] || { echo "an upgrade ends the governing" && exit 1; }
