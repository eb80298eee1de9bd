#!/bin/bash
# Configures and builds: tools/build.sh PRESET [TARGET...]. Presets: release, debug, asan-ubsan,
# fuzz, and arm64: flyballd and its tests for a Jetson's processor.
# Used by quickstart.sh and test.sh; builds nothing that is up to date.
#
# FLYBALL_WERROR=ON makes warnings errors. FLYBALL_JOBS=N overrides the number of compile jobs,
# which is otherwise the number of CPUs, or fewer where memory is short: a file that includes
# LibTorch takes about 1.1 GB (1.6 GB with sanitizers).
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:?usage: tools/build.sh PRESET [TARGET...]}
shift
case $preset in
  release | debug | asan-ubsan | fuzz | arm64) ;;
  *)
    echo "build: no preset \"$preset\" (there are: release, debug, asan-ubsan, fuzz, arm64)" >&2
    exit 2
    ;;
esac

jobs_that_fit() {
  local megabytes_each=1200 available cpus
  if [ "$preset" = asan-ubsan ] || [ "$preset" = fuzz ]; then megabytes_each=1700; fi
  available=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo)
  cpus=$(nproc)
  local fit=$((available / megabytes_each))
  if [ "$fit" -lt 1 ]; then fit=1; fi
  if [ "$fit" -lt "$cpus" ]; then echo "$fit"; else echo "$cpus"; fi
}

jobs=${FLYBALL_JOBS:-$(jobs_that_fit)}
generator=()
if [ ! -f "build/$preset/CMakeCache.txt" ] && command -v ninja >/dev/null; then
  generator=(-G Ninja)
fi
options=()
if [ -n "${FLYBALL_WERROR:-}" ]; then options=("-DFLYBALL_WERROR=$FLYBALL_WERROR"); fi

echo "build: $preset, $jobs jobs" >&2
cmake --preset "$preset" "${generator[@]}" "${options[@]}" --log-level=WARNING >&2
targets=()
if [ $# -gt 0 ]; then targets=(--target "$@"); fi
cmake --build "build/$preset" --parallel "$jobs" "${targets[@]}" >&2
