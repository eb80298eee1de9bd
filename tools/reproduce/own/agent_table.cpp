#include "tools/reproduce/own/agent_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "agent/networks/q_network.h"
#include "env/statistics.h"
#include "tools/config/train_config.h"
#include "tools/jobs/parallel_jobs.h"
#include "tools/reproduce/common/drawn_seeds.h"
#include "tools/reproduce/common/trained_policy.h"
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

AgentCell make_cell(const RpeCell& which) {
  AgentCell cell;
  cell.training = saturated_training("saturated", which);
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

// Policies of both learners, one per seed.
struct LogResult {
  std::vector<CellPolicy> least_squares;
  std::vector<CellPolicy> dqn;
};

struct CellResult {
  std::string name;
  CellBaseline baseline;
  LogResult long_log;
  LogResult short_log;
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

double median_share(const std::vector<CellPolicy>& policies) {
  return interpolated_quantile(each(policies, &CellPolicy::share_of_oracle), 0.5);
}

// Runs the jobs on threads; result i belongs to job i whatever the order.
std::vector<CellPolicies> run_jobs(const std::vector<AgentCell>& cells,
                                   const std::vector<CellResult>& results,
                                   const std::vector<Job>& jobs, unsigned threads) {
  std::vector<CellPolicies> policies(jobs.size());
  run_parallel("agent", jobs.size(), threads, [&](std::size_t i) {
    const Job& job = jobs[i];
    const CellResult& cell = results[job.cell];
    policies[i] = train_and_judge(cells[job.cell], cell.baseline, job.log, job.seed);
    return cell.name;
  });
  return policies;
}

// Of one learner on the long log and the short one.
void add_learner_rows(const std::string& name, double oracle,
                      const std::vector<CellPolicy>& long_log,
                      const std::vector<CellPolicy>& short_log, ReproductionTable& table) {
  const auto percent = [](double share) { return 100.0 * share; };
  const std::vector<double> regrets = each(long_log, &CellPolicy::regret);
  table.check_at_most(name + ": regret, median",
                      percent(std::max(kMedianOfSaving * oracle, kMedianFloor)),
                      percent(interpolated_quantile(regrets, 0.5)), "% of stock");
  table.check_at_most(name + ": regret, worst seed",
                      percent(std::max(kWorstOfSaving * oracle, kWorstFloor)),
                      percent(largest(regrets)), "% of stock");
  table.check_at_most(name + ": latency of the limit, worst seed", 100.0,
                      percent(largest(each(long_log, &CellPolicy::latency_of_limit))), "%");
  table.show(name + ": share of the saving, median", std::nullopt, percent(median_share(long_log)),
             "%");
  table.check_at_least(name + ": share with 30 minutes of log, median", percent(kShortLogShare),
                       percent(median_share(short_log)), "%");
}

void add_cell_rows(const CellResult& cell, ReproductionTable& table) {
  const double oracle = cell.baseline.oracle_saving();
  table.show(cell.name + ": best fixed pair saves", std::nullopt, 100.0 * oracle, "%");
  table.show(cell.name + ": best fixed setting of all clocks saves, caps included", std::nullopt,
             100.0 * cell.baseline.best_fixed_saving, "%");
  add_learner_rows(cell.name + ", least squares", oracle, cell.long_log.least_squares,
                   cell.short_log.least_squares, table);
  add_learner_rows(cell.name + ", DQN", oracle, cell.long_log.dqn, cell.short_log.dqn, table);
}

using LearnerPolicies = std::vector<CellPolicy> LogResult::*;

void add_summary(const std::vector<CellResult>& results, const char* learner,
                 LearnerPolicies policies, ReproductionTable& table) {
  double share = 0.0;
  double short_share = 0.0;
  double slowest = 0.0;
  std::size_t unserved = 0;
  const double each_cell = 1.0 / static_cast<double>(results.size());
  for (const CellResult& cell : results) {
    share += median_share(cell.long_log.*policies) * each_cell;
    short_share += median_share(cell.short_log.*policies) * each_cell;
    for (const LogResult* log : {&cell.long_log, &cell.short_log}) {
      const std::vector<CellPolicy>& all = log->*policies;
      slowest = std::max(slowest, largest(each(all, &CellPolicy::training_seconds)));
      unserved += static_cast<std::size_t>(
          std::count_if(all.begin(), all.end(), [](const auto& p) { return !p.served; }));
    }
  }
  const std::string of = std::string(learner) + ": ";
  table.check_at_least(of + "share of the saving, mean of the cells", 100.0 * kMeanShare,
                       100.0 * share, "%");
  table.show(of + "the same with 30 minutes of log", std::nullopt, 100.0 * short_share, "%");
  table.check_at_most(of + "training, slowest policy", kMostTrainingSeconds, slowest, "s");
  table.check_at_most(of + "policies that left work undone", 0.0, static_cast<double>(unserved),
                      "");
}

std::vector<std::uint64_t> seeds_of(const AgentTableOptions& options) {
  if (options.seeds) return drawn_seeds(options.date, *options.seeds);
  std::vector<std::uint64_t> seeds(options.effort == Effort::kAll ? 5 : 3);
  std::iota(seeds.begin(), seeds.end(), std::uint64_t{1});
  return seeds;
}

}  // namespace

void reproduce_agent_cells(const AgentTableOptions& options, ReproductionTable& table) {
  set_torch_threads(1);
  const std::vector<std::uint64_t> seeds = seeds_of(options);
  std::vector<AgentCell> cells;
  std::vector<CellResult> results;
  std::vector<Job> jobs;
  for (const RpeCell& rpe : choose(options.effort)) {
    cells.push_back(make_cell(rpe));
    results.push_back({fmt::format("{} {}", rpe.board, rpe.workload),
                       measure_baseline(cells.back(), options.threads),
                       {},
                       {}});
    for (const std::uint64_t seed : seeds) {
      jobs.push_back({cells.size() - 1, {kLongLogSeconds, kRandomShare}, seed});
      jobs.push_back({cells.size() - 1, {kShortLogSeconds, kRandomShare}, seed});
    }
  }
  const std::vector<CellPolicies> policies = run_jobs(cells, results, jobs, options.threads);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    CellResult& cell = results[jobs[i].cell];
    LogResult& log = jobs[i].log.seconds == kLongLogSeconds ? cell.long_log : cell.short_log;
    log.least_squares.push_back(policies[i].least_squares);
    log.dqn.push_back(policies[i].dqn);
  }
  for (const CellResult& result : results) add_cell_rows(result, table);
  add_summary(results, "least squares", &LogResult::least_squares, table);
  add_summary(results, "DQN", &LogResult::dqn, table);
  table.note(fmt::format(
      "Policies learned offline from {:g} s of simulated log ({:g} s where said) of the stock\n"
      "governors with {:g} % of the time under random settings; telemetry as the board shows it.\n"
      "Judged by the simulator's truth on {} requests with another seed; {} seeds{}. One\n"
      "configuration for all: configs/train/saturated.toml, by least squares as it says and by "
      "the\n"
      "DQN. Shares are of the best fixed pair's saving.",
      kLongLogSeconds, kShortLogSeconds, 100.0 * kRandomShare, kRequests, seeds.size(),
      options.seeds ? fmt::format(" drawn from \"{}\"", options.date) : ""));
}

}  // namespace flyball
