#!/bin/bash
# Checks how the code is written: clang-format on every file, clang-tidy on the lines that changed.
#
#   tools/check-style.sh               changed since the branch left origin/main, or else in the last commit
#   tools/check-style.sh --base REV    changed since REV
#   tools/check-style.sh --format      clang-format alone
#   tools/check-style.sh --fix         formats the files instead of complaining; no clang-tidy
#
# clang-tidy reads how a file is compiled from build/release, which tools/build.sh configures. It takes
# the sources with most changed lines, FLYBALL_TIDY_FILES of them at most (20), and says what it left out.
set -euo pipefail
cd "$(dirname "$0")/.."

base=
tidy=yes
case ${1:-} in
  "") ;;
  --format) tidy= ;;
  --fix) git ls-files -z '*.h' '*.c' '*.cpp' | xargs -0 clang-format -i; exit ;;
  --base) base=${2:?--base needs a revision} ;;
  *)
    echo "check-style: unknown argument $1 (allowed: --format, --fix, --base REV)" >&2
    exit 2
    ;;
esac

git ls-files -z '*.h' '*.c' '*.cpp' | xargs -0 clang-format --dry-run --Werror || {
  echo "check-style: not formatted as .clang-format says; tools/check-style.sh --fix does it" >&2
  exit 1
}
if [ -z "$tidy" ]; then exit 0; fi

if [ -z "$base" ]; then
  base=$(git merge-base HEAD origin/main 2>/dev/null || true)
  head=$(git rev-parse HEAD)
  if [ -z "$base" ] || [ "$base" = "$head" ]; then base=$(git rev-parse -q --verify HEAD~1 || echo "$head"); fi
fi
most=${FLYBALL_TIDY_FILES:-20}
mapfile -t changed < <(git diff --numstat --diff-filter=d "$base" -- '*.cpp' ':!tests/package' |
  sort -rn | cut -f3)
if [ ${#changed[@]} -eq 0 ]; then
  echo "check-style: formatted; no source changed since ${base:0:12}" >&2
  exit 0
fi
echo "check-style: clang-tidy on $((${#changed[@]} < most ? ${#changed[@]} : most)) of" \
  "${#changed[@]} sources that changed since ${base:0:12}" >&2
if [ ${#changed[@]} -gt "$most" ]; then
  echo "check-style: left out (FLYBALL_TIDY_FILES=N takes more): ${changed[*]:$most}" >&2
fi
# clang-tidy-diff exits with 0 whatever it finds.
found=$(git diff -U0 "$base" -- "${changed[@]:0:$most}" |
  clang-tidy-diff -p1 -path build/release -j "$(nproc)" -regex '.*\.cpp$' -quiet 2>/dev/null)
if grep -q ' error: ' <<<"$found"; then
  echo "$found"
  echo "check-style: clang-tidy complains (above); .clang-tidy lists the checks" >&2
  exit 1
fi
