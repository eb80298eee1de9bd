#include "tools/reproduce/common/pinned_runs.h"

#include <fmt/format.h>

#include <array>
#include <numeric>
#include <stdexcept>
#include <variant>

#include "controllers/evaluation/evaluation.h"
#include "controllers/evaluation/sim_setup.h"
#include "controllers/evaluation/simulated_run.h"
#include "env/errors.h"
#include "env/sim/sim_plant.h"
#include "tools/interrupt.h"

namespace flyball {

namespace {

// A run is looked at this often, so that what follows its end counts little in the shares.
constexpr double kLookSeconds = 0.02;

std::uint64_t seed_of(const Scenario& scenario) { return scenario.seeds.front(); }

std::size_t first_domain(const Board& board, DomainKind kind) {
  for (std::size_t d = 0; d < board.domains.size(); ++d) {
    if (board.domains[d].kind == kind) return d;
  }
  throw std::invalid_argument(fmt::format("{} has no {} domain", board.id, to_string(kind)));
}

double top_share(const std::vector<double>& residency_seconds) {
  const double all = std::accumulate(residency_seconds.begin(), residency_seconds.end(), 0.0);
  return residency_seconds.back() / all;
}

}  // namespace

Scenario with_batch(Scenario scenario, std::size_t batch) {
  std::get<ClosedLoop>(scenario.arrivals.source).batch = batch;
  return scenario;
}

const std::vector<double>& frequencies(const Scenario& scenario, DomainKind kind) {
  const Board& board = scenario.board.board;
  return board.domains[first_domain(board, kind)].frequencies_hz;
}

RunFigures run_at(const Scenario& scenario, double cpu_hz, double gpu_hz) {
  const std::array<std::string, 2> knobs = {"cpu", "gpu"};
  const std::array<Level, 2> levels = {
      level_nearest(frequencies(scenario, DomainKind::kCpu), cpu_hz),
      level_nearest(frequencies(scenario, DomainKind::kGpu), gpu_hz)};
  return run_pinned(make_sim_config(scenario, seed_of(scenario)), knobs, levels,
                    kRunTimeoutSeconds);
}

ResidentRun run_under(const Scenario& scenario, const ResidentGovernors& residents) {
  SimConfig config = make_sim_config(scenario, seed_of(scenario));
  config.residents = resident_factory(residents);
  SimPlant plant(config);
  Timeline& timeline = plant.timeline();
  while (!plant.engine().is_finished() && timeline.now_seconds() < kRunTimeoutSeconds) {
    timeline.sleep_until(timeline.now_seconds() + kLookSeconds);
  }
  const SimTruth& truth = plant.truth();
  const Board& board = scenario.board.board;
  return {figures_of(truth),
          top_share(truth.residency_seconds[first_domain(board, DomainKind::kCpu)]),
          top_share(truth.residency_seconds[first_domain(board, DomainKind::kGpu)])};
}

ResidentRun run_stock(const Scenario& scenario) {
  return run_under(scenario, stock_residents(scenario.board.board));
}

double SettingSweep::hertz(const OraclePoint& point, std::size_t knob) const {
  return knobs[knob].levels[point.levels[knob]];
}

const OraclePoint& SettingSweep::best_at(std::size_t knob, double hertz) const {
  const Level level = level_nearest(knobs[knob].levels, hertz);
  const OraclePoint* best = nullptr;
  for (const OraclePoint& point : table.points) {
    if (point.levels[knob] != level) continue;
    if (best == nullptr || point.figures.energy_joules < best->figures.energy_joules) best = &point;
  }
  return *best;
}

SettingSweep sweep_settings(const Scenario& scenario, const RunLimits& limits, unsigned threads,
                            const std::function<void(double)>& progress) {
  EvaluationPlan plan = make_plan(scenario, {seed_of(scenario)});
  plan.threads = threads;
  SettingSweep result;
  const SimPlant plant(plan.configs.front());
  for (const std::size_t k : find_knobs(plant.description(), scenario.control.knobs)) {
    result.knobs.push_back(plant.description().knobs[k]);
  }
  result.table = sweep(plan, scenario.control.knobs, limits, [&](double share) {
    if (progress) progress(share);
    return !interrupted();
  });
  if (result.table.interrupted) throw Interrupted("interrupted");
  if (!result.table.best) {
    throw std::runtime_error(fmt::format("{}: no setting keeps the limits", scenario.id));
  }
  return result;
}

}  // namespace flyball
