#!/bin/bash
# Builds everything and runs all tests: tools/test.sh [PRESET] [ctest arguments].
#
#   tools/test.sh                      release
#   tools/test.sh asan-ubsan           with address and undefined-behaviour sanitizers
#   tools/test.sh release -R toml      only the tests whose name matches
set -euo pipefail
cd "$(dirname "$0")/.."

preset=release
if [ $# -gt 0 ] && [[ $1 != -* ]]; then
  preset=$1
  shift
fi
tools/install-deps.sh
tools/build.sh "$preset"
exec ctest --preset "$preset" --parallel "$(nproc)" "$@"
