// Runs of a closed-loop scenario for the tables of published figures: fixed frequencies, the stock
// governors, the whole sweep. Free functions; results do not depend on the number of threads.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "controllers/evaluation/static_oracle.h"
#include "controllers/kernel_governors.h"
#include "controllers/run_figures.h"
#include "env/sim/scenario.h"

namespace flyball {

// The id of the mode under which the whole tables can be used, on every board that is published
// about: MAXN, and 15W_2CORE of Xavier NX.
constexpr int kFullTablesMode = 0;

// The scenario's work in batches of `batch`. Requires: it is a closed loop.
Scenario with_batch(Scenario scenario, std::size_t batch);

// CPU and GPU pinned at the table entries nearest to these; the memory is left to its resident.
RunFigures run_at(const Scenario& scenario, double cpu_hz, double gpu_hz);

// A run without a lease, and the shares of its time (until the work was done) at the highest
// frequency of the first CPU policy's and of the GPU's table.
struct ResidentRun {
  RunFigures figures;
  double top_cpu_share = 0.0;
  double top_gpu_share = 0.0;
};
ResidentRun run_under(const Scenario& scenario, const ResidentGovernors& residents);
ResidentRun run_stock(const Scenario& scenario);

// Every setting of the scenario's knobs.
struct SettingSweep {
  std::vector<Knob> knobs;  // in the order of OraclePoint::levels
  OracleResult table;

  double hertz(const OraclePoint& point, std::size_t knob) const;
  const OraclePoint& best() const { return table.points[*table.best]; }
  // The cheapest point with that knob at the level nearest to `hertz`.
  const OraclePoint& best_at(std::size_t knob, double hertz) const;
};

// `progress` is given the share done. Throws Interrupted, std::runtime_error when
// nothing keeps the limits.
SettingSweep sweep_settings(const Scenario& scenario, const RunLimits& limits, unsigned threads,
                            const std::function<void(double)>& progress = {});

// One of the scenario's tables, [cpu], [gpu] or [emc], in hertz.
const std::vector<double>& frequencies(const Scenario& scenario, DomainKind kind);

}  // namespace flyball
