#!/bin/bash
# Opens reports of every command in headless Chromium, at two widths, in light and dark: no error on
# the console, no request to anywhere, nothing that axe-core finds, zooming by keyboard moves every
# panel, and no page is larger than 300 kB without its data. Screenshots stay in build/report-trial.
#
#   tools/report-trial.sh [BUILD]      BUILD: build/release unless given; the programs are there
#
# Needs chromium (Debian's), node and npm; without them it is skipped (exit code 77).
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/release}
work=$PWD/build/report-trial
for program in chromium node npm; do
  command -v "$program" >/dev/null || { echo "report-trial: skipped: there is no $program (Debian: chromium, nodejs, npm)" >&2; exit 77; }
done
mkdir -p "$work"
rm -rf "$work"/reports
flyball=$PWD/$build/flyball

make() {
  local name=$1
  shift
  # A search or a replay may find its check not kept: the report is there all the same.
  "$flyball" "$@" --report "$work/reports/$name" >/dev/null 2>"$work/$name.err" || [ $? = 1 ] ||
    { cat "$work/$name.err" >&2; exit 1; }
}
log=$work/log.csv
"$flyball" simulate --scenario quickstart --duration 300 -o "$log" 2>/dev/null >/dev/null
make evaluate evaluate --scenario poisson-nano,street-tx2 --set arrivals.duration_seconds=30 --seeds 2 \
  --governors stock,performance,best-fixed
make sweep sweep --board nano-4gb --workload resnet18 --requests 64
make search search --board nano-4gb --workload resnet18 --slowdown 1.2 --samples 4
make replay replay --log "$log" --workload resnet18
make train train quickstart --log "$log" --steps 500 -o "$work/P.flyball"
"$flyball" sweep --board nano-4gb --workload resnet18 --requests 64 --csv >"$work/sweep.csv" 2>/dev/null
make fit fit --measurements "$work/sweep.csv" --board nano-4gb --residual none -o "$work/W.toml"

npm install --prefix "$work" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  puppeteer-core@22.15.0 axe-core@4.10.2 >/dev/null
CHROMIUM=$(command -v chromium) NODE_PATH=$work/node_modules node tools/report-trial.cjs "$work"
