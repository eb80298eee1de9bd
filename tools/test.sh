#!/bin/bash
# Builds and runs the tests: tools/test.sh [PRESET] [--without-torch] [ctest arguments].
#
#   tools/test.sh                              everything, release
#   tools/test.sh asan-ubsan                   with address and undefined-behaviour sanitizers
#   tools/test.sh asan-ubsan --without-torch   only what needs no LibTorch: minutes instead of an hour
#   tools/test.sh release -R toml              only the tests whose name matches
set -euo pipefail
cd "$(dirname "$0")/.."

preset=release
if [ $# -gt 0 ] && [[ $1 != -* ]]; then
  preset=$1
  shift
fi
targets=()
selected=()
if [ "${1:-}" = --without-torch ]; then
  targets=(tests_without_torch)
  selected=(-LE torch -E _NOT_BUILT)
  shift
fi
tools/install-deps.sh
tools/build.sh "$preset" "${targets[@]}"
exec ctest --preset "$preset" --parallel "$(nproc)" "${selected[@]}" "$@"
