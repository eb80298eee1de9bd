#include "tools/reproduce/common/gpu_limit_runs.h"

#include <algorithm>

#include "controllers/evaluation/sim_setup.h"
#include "controllers/evaluation/simulated_run.h"
#include "controllers/evaluation/static_oracle.h"
#include "env/errors.h"
#include "env/sim/sim_plant.h"
#include "tools/interrupt.h"

namespace flyball {

namespace {

const Domain& gpu_domain(const Scenario& scenario) {
  const std::vector<Domain>& domains = scenario.board.board.domains;
  return *std::find_if(domains.begin(), domains.end(),
                       [](const Domain& domain) { return domain.kind == DomainKind::kGpu; });
}

RunFigures run_seed(const Scenario& scenario, const LevelRange& gpu_limits, std::uint64_t seed) {
  const Domain& gpu = gpu_domain(scenario);
  SimPlant plant(make_sim_config(scenario, seed));
  const auto index = static_cast<std::size_t>(&gpu - scenario.board.board.domains.data());
  plant.engine().set_user_limits(index, gpu.frequencies_hz[gpu_limits.floor],
                                 gpu.frequencies_hz[gpu_limits.ceiling]);
  return run_to_end(plant, kRunTimeoutSeconds);
}

}  // namespace

RunFigures run_within(const Scenario& scenario, const LevelRange& gpu_limits) {
  std::vector<RunFigures> runs;
  for (const std::uint64_t seed : scenario.seeds) {
    runs.push_back(run_seed(scenario, gpu_limits, seed));
  }
  return pooled(runs, {});
}

std::vector<GpuLimitRun> run_gpu_limits(const Scenario& scenario, unsigned threads,
                                        const std::function<void(double)>& progress) {
  const std::vector<double>& table = gpu_domain(scenario).frequencies_hz;
  std::vector<GpuLimitRun> runs;
  Knob pairs{"limits", {}, {}};
  for (Level floor = 0; floor < table.size(); ++floor) {
    for (Level ceiling = floor; ceiling < table.size(); ++ceiling) {
      pairs.levels.push_back(static_cast<double>(runs.size()));
      runs.push_back({{floor, ceiling}, {}});
    }
  }
  StaticOracleConfig search;
  search.limits = {{0, static_cast<Level>(runs.size() - 1)}};
  search.knobs = {std::move(pairs)};
  search.threads = threads;
  const OracleResult result = search_static_oracle(
      search,
      [&](std::span<const Level> levels, std::uint64_t) {
        return run_within(scenario, runs[levels.front()].limits);
      },
      [&](double share) {
        if (progress) progress(share);
        return !interrupted();
      });
  if (result.interrupted) throw Interrupted("interrupted");
  for (std::size_t i = 0; i < runs.size(); ++i) runs[i].figures = result.points[i].figures;
  return runs;
}

}  // namespace flyball
