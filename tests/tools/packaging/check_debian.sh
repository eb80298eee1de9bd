#!/bin/bash
# Makes flyball-governor of a build and looks into it: check_debian.sh BUILD WORK [ARCHITECTURE EMULATOR]
# 77: this machine has no dpkg-shlibdeps or lintian, or flyballd_pages and flyballd_service are not
# built.
set -euo pipefail
build=$1
work=$2
architecture=${3:-$(dpkg --print-architecture)}
emulator=${4:-}
for program in dpkg-shlibdeps lintian; do
  command -v $program >/dev/null || {
    echo "skipped: no $program"
    exit 77
  }
done
if [ ! -e "$build/pages/flyballd.8.gz" ] || [ ! -e "$build/pages/system/etc/flyball" ]; then
  echo "skipped: flyballd_pages and flyballd_service are not built"
  exit 77
fi
fail() {
  echo "$*"
  exit 1
}
rm -rf "$work"
mkdir -p "$work"
cpack --config "$build/CPackConfig.cmake" -B "$work" -D "CPACK_COMPONENTS_ALL=flyballd;service" \
  >"$work/said" 2>&1 || fail "$(cat "$work/said")"
package=$(echo "$work"/flyball-governor_*.deb)

content=$(dpkg-deb -c "$package" | awk '{print $1, $2, $6}')
for file in /usr/bin/flyballd /lib/systemd/system/flyballd.service /etc/flyball/flyball.toml \
  /usr/lib/sysusers.d/flyball.conf /usr/share/flyball/configs/boards/nano-4gb.toml \
  /usr/share/man/man8/flyballd.8.gz /usr/share/bash-completion/completions/flyballd \
  /usr/share/zsh/vendor-completions/_flyballd /usr/share/doc/flyball-governor/copyright; do
  grep -q " .$file\$" <<<"$content" || fail "$package lacks $file"
done
grep -v ' root/root ' <<<"$content" && fail "of somebody else than root"
grep -E '^.....w|^........w' <<<"$content" && fail "others than root may write it"
grep -E '/flyball$|workloads|\.a$|\.h$|/local/' <<<"$content" && fail "does not belong on a board"

depends=$(dpkg-deb -f "$package" Depends)
[[ $depends == *systemd* ]] || fail "depends on: $depends"
# What is cross-built is linked statically.
[[ -n $emulator || $depends == *libc6* ]] || fail "depends on: $depends"
[[ $depends != *torch* && $depends != *hdf5* && $depends != *boost* ]] || fail "depends on: $depends"
[ "$(dpkg-deb -f "$package" Architecture)" = "$architecture" ] || fail "architecture"

dpkg-deb -e "$package" "$work/control"
[ "$(cat "$work/control/conffiles")" = /etc/flyball/flyball.toml ] || fail "conffiles"
for script in postinst prerm postrm; do
  sh -n "$work/control/$script"
  [ -x "$work/control/$script" ] || fail "$script may not run"
done

# What is in it works: the options' file is one that the program takes, and the unit starts it.
dpkg-deb -x "$package" "$work/root"
$emulator "$work/root/usr/bin/flyballd" probe --root "$work/root" --json >/dev/null 2>"$work/said" && fail "probe"
grep -q "no board's files" "$work/said" || fail "$(cat "$work/said")"
code=0
$emulator "$work/root/usr/bin/flyballd" run --wait 0 --root "$work/root" >/dev/null 2>"$work/said" || code=$?
[ $code -eq 3 ] && grep -q "$work/root/etc/flyball/policy.flyball" "$work/said" ||
  fail "run: $code: $(cat "$work/said")"
grep -qx 'ExecStart=/usr/bin/flyballd run' "$work/root/lib/systemd/system/flyballd.service" ||
  fail "the unit starts another program"
lintian --fail-on error "$package" || fail "lintian complains (above)"
