#!/bin/bash
# The whole way once, on a simulated board: installs, builds, writes a log under the stock governors
# plus exploration, trains a policy from it, and compares it with the baselines.
#
#   tools/quickstart.sh            scenario configs/scenarios/quickstart.toml
#
# Everything it makes is in build/quickstart. Run again, it builds nothing anew and repeats the rest.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -gt 0 ]; then
  echo "quickstart: takes no arguments (see the first lines of tools/quickstart.sh)" >&2
  exit 2
fi

results=build/quickstart
flyball=build/release/flyball
started=$SECONDS
step=0

# Says what comes and the command that does it, so that it can be done by hand.
run_step() {
  step=$((step + 1))
  echo >&2
  echo "quickstart $step/3: $1" >&2
  shift
  echo "  $*" >&2
  local code=0
  "$@" || code=$?
  if [ $code -ne 0 ]; then
    echo "quickstart: step $step ended with exit code $code; its message is above" >&2
    exit $code
  fi
}

tools/install-deps.sh
echo "quickstart: builds; the first time takes about 20 minutes on two cores" >&2
tools/build.sh release flyball flyballd
mkdir -p "$results"
built=$SECONDS

run_step "two hours of a simulated Jetson Nano, a fifth of it under random settings" \
  $flyball simulate --scenario quickstart --duration 7200 --explore 0.2 -o $results/log.csv
run_step "a policy from that log, offline" \
  $flyball train quickstart --log $results/log.csv --threads "$(nproc)" -o $results/policy.flyball
run_step "the policy against the baselines, all on the same requests" \
  $flyball evaluate --scenario quickstart --threads "$(nproc)" \
  --governors stock,performance,powersave,oracle,$results/policy.flyball \
  --json $results/results.json

cat >&2 <<END

quickstart: done in $((SECONDS - built)) s (and $((built - started)) s to install and build)
  policy   $results/policy.flyball    look into it: $flyball inspect $results/policy.flyball
  log      $results/log.csv
  results  $results/results.json
END
