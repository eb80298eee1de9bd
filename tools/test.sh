#!/bin/bash
# Builds and runs the tests:
#   tools/test.sh [PRESET] [--inputs | --without-torch | --daemon] [ctest arguments]
#
#   tools/test.sh                              everything, release
#   tools/test.sh asan-ubsan                   with address and undefined-behaviour sanitizers
#   tools/test.sh fuzz --inputs                only what reads others' files: logs, policies, datasets,
#                                              TOML, a board's tree; by the build of tools/fuzz.sh,
#                                              the same sanitizers by clang; ten minutes
#   tools/test.sh asan-ubsan --without-torch   only what needs no LibTorch: minutes instead of an hour
#   tools/test.sh release -R toml              only the tests whose name matches
#   tools/test.sh arm64                        flyballd and its tests for a Jetson's processor, cross-built
#                                              and run under qemu-user
#   tools/test.sh arm64 --daemon               of these only flyballd, governing a board, and the tests of
#                                              its processes and of the application link
#   tools/test.sh report                       the reports in headless Chromium (tools/report-trial.sh), if
#                                              chromium, node and npm are there
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" = report ]; then
  tools/install-deps.sh
  tools/build.sh release flyball
  exec tools/report-trial.sh
fi

preset=release
if [ $# -gt 0 ] && [[ $1 != -* ]]; then
  preset=$1
  shift
fi
targets=()
selected=()
case ${1:-} in
  --inputs)
    targets=(test_application_link test_csv test_jetson test_logs test_policies test_replay_hdf5 tools_base_test)
    selected=(-R "^($(IFS='|' && echo "${targets[*]}")):")
    shift
    ;;
  --daemon)
    targets=(test_application_link tools_daemon_test tools_guard_test)
    selected=(-R "^($(IFS='|' && echo "${targets[*]}")):|^flyballd: governs a board .* emulated$")
    targets+=(flyballd write_daemon_bench)
    shift
    ;;
  --without-torch)
    targets=(tests_without_torch)
    selected=(-LE torch -E _NOT_BUILT)
    shift
    ;;
esac
tools/install-deps.sh
tools/build.sh "$preset" "${targets[@]}"
exec ctest --preset "$preset" --parallel "$(nproc)" "${selected[@]}" "$@"
