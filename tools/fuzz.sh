#!/bin/bash
# Runs the readers of what others write under libFuzzer with address and undefined-behaviour
# sanitizers: policy file, TOML, tegrastats, telemetry log, request log, dataset, measurements, what
# reaches the guard's socket, the application link's memory.
#
#   tools/fuzz.sh                       20 seconds of each but the dataset's
#   tools/fuzz.sh dataset               HDF5 1.10.8 itself leaks and overruns on broken files, which is
#                                       why the programs read them in a child; it ends at the first one
#   tools/fuzz.sh --seconds 300 policy  five minutes of one
#   tools/fuzz.sh --runs 1000000        a million executions of each
#
# As many run at a time as there are CPUs. An input that fails is left in build/fuzz/failures and
# named; give it to the target to see it again. What was found to reach new code is kept in
# build/fuzz/inputs for the next time.
set -euo pipefail
cd "$(dirname "$0")/.."

limit=(-max_total_time=20)
case ${1:-} in
  --seconds | --runs)
    if ! [[ ${2:-} =~ ^[1-9][0-9]*$ ]]; then
      echo "fuzz: $1 takes a whole number above 0" >&2
      exit 2
    fi
    if [ "$1" = --runs ]; then limit=("-runs=$2"); else limit=("-max_total_time=$2"); fi
    shift 2
    ;;
esac

tools/install-deps.sh
tools/build.sh fuzz fuzz_targets
build=build/fuzz
inputs=$build/inputs
mkdir -p "$build/failures" "$inputs"
work=$(mktemp -d -p /dev/shm) # in memory: a file or two are written in each execution
trap 'rm -rf "$work"' EXIT
first=$work/first
mkdir "$work/tmp"
"$build/tests/fuzz/write_first_inputs" "$first"

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for file in tests/fuzz/fuzz_*.cpp; do
    name=${file##*/fuzz_}
    [ "$name" = dataset.cpp ] || targets+=("${name%.cpp}")
  done
fi
for target in "${targets[@]}"; do
  if [ ! -x "$build/tests/fuzz/fuzz_$target" ]; then
    echo "fuzz: no target \"$target\" (see tests/fuzz)" >&2
    exit 2
  fi
done

fuzz() {
  local target=$1 code=0 log=$build/$1.log
  mkdir -p "$inputs/$target" "$first/$target"
  if ! TMPDIR=$work/tmp LSAN_OPTIONS=suppressions=tests/leaks.supp "$build/tests/fuzz/fuzz_$target" "${limit[@]}" -timeout=10 \
    -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$build/failures/$target-" "$inputs/$target" "$first/$target" \
    >"$log" 2>&1; then
    grep -E "ERROR|SUMMARY|runtime error|Test unit written" "$log" >&2 || tail -20 "$log" >&2
    code=1
  fi
  awk -v target="$target" '
    /number_of_executed_units/ { executions = $2 }
    /average_exec_per_sec/ { rate = $2 }
    END { printf "fuzz: %-13s %9d executions, %d a second\n", target, executions, rate }' "$log" >&2
  return $code
}

code=0
running=0
for target in "${targets[@]}"; do
  if [ $running -eq "$(nproc)" ]; then
    wait -n || code=1
    running=$((running - 1))
  fi
  fuzz "$target" &
  running=$((running + 1))
done
while [ $running -gt 0 ]; do
  wait -n || code=1
  running=$((running - 1))
done
exit $code
