#include "tools/reproduce/own/agent_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "agent/networks/q_network.h"
#include "env/statistics.h"
#include "tools/config/train_config.h"
#include "tools/reproduce/common/parallel_jobs.h"
#include "tools/reproduce/own/agent_cell.h"
#include "tools/reproduce/own/saturated_scenario.h"

namespace flyball {

namespace {

constexpr std::uint64_t kRequests = 2 * kRpeRequests;
constexpr double kLongLogSeconds = 7200.0;
constexpr double kShortLogSeconds = 1800.0;
constexpr double kRandomShare = 0.2;

// Regret allowed, as a share of stock's energy: the larger of a share of the oracle's saving and a
// floor.
constexpr double kMedianOfSaving = 0.05;
constexpr double kMedianFloor = 0.0025;
constexpr double kWorstOfSaving = 0.15;
constexpr double kWorstFloor = 0.006;
constexpr double kMeanShare = 0.96;
constexpr double kShortLogShare = 0.90;
constexpr double kTrainingSeconds = 60.0;

AgentCell make_cell(const RpeCell& which) {
  AgentCell cell;
  cell.training = load_train_config(which.board);
  cell.scenario = saturated_scenario(which, cell.training, kRequests);
  cell.scenario.objective.latency_mean_factor = kSaturatedLatencyFactor;
  return cell;
}

std::vector<RpeCell> choose(Effort cells) {
  const std::span<const RpeCell> all = rpe_cells();
  if (cells == Effort::kAll) return {all.begin(), all.end()};
  // The smallest saving of each board: the hardest to find.
  std::vector<RpeCell> hardest;
  for (const RpeCell& cell : all) {
    const auto same = std::find_if(hardest.begin(), hardest.end(), [&](const RpeCell& other) {
      return std::string_view(other.board) == cell.board;
    });
    if (same == hardest.end()) {
      hardest.push_back(cell);
    } else if (cell.saving < same->saving) {
      *same = cell;
    }
  }
  return hardest;
}

// One policy to be made.
struct Job {
  std::size_t cell = 0;
  CellLog log;
  std::uint64_t seed = 0;
};

struct CellResult {
  std::string name;
  CellBaseline baseline;
  std::vector<CellPolicy> long_log;
  std::vector<CellPolicy> short_log;
};

template <typename Field>
std::vector<double> each(const std::vector<CellPolicy>& policies, Field field) {
  std::vector<double> values;
  for (const CellPolicy& policy : policies) values.push_back(policy.*field);
  return values;
}

double largest(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}

// Runs the jobs on threads; result i belongs to job i whatever the order.
std::vector<CellPolicy> run_jobs(const std::vector<AgentCell>& cells,
                                 const std::vector<CellResult>& results,
                                 const std::vector<Job>& jobs, unsigned threads) {
  std::vector<CellPolicy> policies(jobs.size());
  run_parallel("agent", jobs.size(), threads, [&](std::size_t i) {
    const Job& job = jobs[i];
    const CellResult& cell = results[job.cell];
    policies[i] = train_and_judge(cells[job.cell], cell.baseline, job.log, job.seed);
    return cell.name;
  });
  return policies;
}

void add_cell_rows(const CellResult& cell, ReproductionTable& table) {
  const double oracle = cell.baseline.oracle_saving();
  const auto percent = [](double share) { return 100.0 * share; };
  table.show(cell.name + ": best fixed pair saves", std::nullopt, percent(oracle), "%");
  const std::vector<double> regrets = each(cell.long_log, &CellPolicy::regret);
  table.check_at_most(cell.name + ": regret, median",
                      percent(std::max(kMedianOfSaving * oracle, kMedianFloor)),
                      percent(interpolated_quantile(regrets, 0.5)), "% of stock");
  table.check_at_most(cell.name + ": regret, worst seed",
                      percent(std::max(kWorstOfSaving * oracle, kWorstFloor)),
                      percent(largest(regrets)), "% of stock");
  table.check_at_most(cell.name + ": latency of the limit, worst seed", 100.0,
                      percent(largest(each(cell.long_log, &CellPolicy::latency_of_limit))), "%");
  table.show(cell.name + ": share of the oracle's saving, median", std::nullopt,
             percent(interpolated_quantile(each(cell.long_log, &CellPolicy::share_of_oracle), 0.5)),
             "%");
  table.check_at_least(
      cell.name + ": share with 30 minutes of log, median", percent(kShortLogShare),
      percent(interpolated_quantile(each(cell.short_log, &CellPolicy::share_of_oracle), 0.5)), "%");
}

void add_summary(const std::vector<CellResult>& results, ReproductionTable& table) {
  double share = 0.0;
  double slowest = 0.0;
  std::size_t unserved = 0;
  for (const CellResult& cell : results) {
    share += interpolated_quantile(each(cell.long_log, &CellPolicy::share_of_oracle), 0.5) /
             static_cast<double>(results.size());
    for (const auto* policies : {&cell.long_log, &cell.short_log}) {
      slowest = std::max(slowest, largest(each(*policies, &CellPolicy::training_seconds)));
      unserved += static_cast<std::size_t>(std::count_if(
          policies->begin(), policies->end(), [](const auto& policy) { return !policy.served; }));
    }
  }
  table.check_at_least("share of the oracle's saving, mean of the cells", 100.0 * kMeanShare,
                       100.0 * share, "%");
  table.check_at_most("training, slowest policy", kTrainingSeconds, slowest, "s");
  table.check_at_most("policies that left work undone", 0.0, static_cast<double>(unserved), "");
}

}  // namespace

void reproduce_agent_cells(Effort which, unsigned threads, ReproductionTable& table) {
  set_torch_threads(1);
  const std::uint64_t seeds = which == Effort::kAll ? 5 : 3;
  std::vector<AgentCell> cells;
  std::vector<CellResult> results;
  std::vector<Job> jobs;
  for (const RpeCell& rpe : choose(which)) {
    cells.push_back(make_cell(rpe));
    results.push_back({fmt::format("{} {}", rpe.board, rpe.workload),
                       measure_baseline(cells.back(), threads),
                       {},
                       {}});
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      jobs.push_back({cells.size() - 1, {kLongLogSeconds, kRandomShare}, seed});
      jobs.push_back({cells.size() - 1, {kShortLogSeconds, kRandomShare}, seed});
    }
  }
  const std::vector<CellPolicy> policies = run_jobs(cells, results, jobs, threads);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    CellResult& result = results[jobs[i].cell];
    (jobs[i].log.seconds == kLongLogSeconds ? result.long_log : result.short_log)
        .push_back(policies[i]);
  }
  for (const CellResult& result : results) add_cell_rows(result, table);
  add_summary(results, table);
  table.note(fmt::format(
      "Policies learned offline from {:g} s of simulated log ({:g} s where said) of the stock\n"
      "governors with {:g} % of the time under random settings; telemetry as the board shows it.\n"
      "Judged by the simulator's truth on {} requests with another seed; {} seeds. One set of\n"
      "hyper-parameters per board: configs/train/BOARD.toml.",
      kLongLogSeconds, kShortLogSeconds, 100.0 * kRandomShare, kRequests, seeds));
}

}  // namespace flyball
