#include "tools/reproduce/own/drift_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "agent/networks/q_network.h"
#include "env/statistics.h"
#include "tools/jobs/parallel_jobs.h"
#include "tools/progress.h"
#include "tools/reproduce/own/drift_run.h"

namespace flyball {

namespace {

constexpr double kAllowed = 0.03;  // energy above the oracle's
constexpr std::uint64_t kSeeds = 5;

struct PairRuns {
  DriftPair pair;
  DriftOracle oracle;  // of the second workload
  DriftGap gap;        // of the first one's best setting on the second workload
  std::vector<DriftResult> runs;

  std::string name() const {
    return fmt::format("{} {} -> {}", pair.first.board, pair.first.workload, pair.second.workload);
  }
};

bool same(const char* a, const char* b) { return std::string_view(a) == b; }

// Every ordered pair of a board's workloads that separates, board by board.
std::vector<PairRuns> separating_pairs(unsigned threads) {
  Progress progress("drift: best settings", static_cast<double>(rpe_cells().size()));
  std::vector<DriftOracle> oracles;
  for (const RpeCell& cell : rpe_cells()) {
    oracles.push_back(find_drift_oracle(cell, threads));
    progress.update(static_cast<double>(oracles.size()));
  }
  std::vector<PairRuns> pairs;
  for (std::size_t a = 0; a < oracles.size(); ++a) {
    for (std::size_t b = 0; b < oracles.size(); ++b) {
      const RpeCell& first = rpe_cells()[a];
      const RpeCell& second = rpe_cells()[b];
      if (a == b || !same(first.board, second.board) || first.batch != second.batch) continue;
      const DriftGap gap = gap_between(oracles[a], second, oracles[b]);
      if (gap.separates()) pairs.push_back({{first, second}, oracles[b], gap, {}});
    }
  }
  return pairs;
}

std::vector<PairRuns> widest_of_each_board(std::vector<PairRuns> pairs) {
  std::stable_sort(pairs.begin(), pairs.end(), [](const PairRuns& a, const PairRuns& b) {
    return a.gap.energy > b.gap.energy;
  });
  std::vector<PairRuns> widest;
  for (PairRuns& pair : pairs) {
    const bool known = std::any_of(widest.begin(), widest.end(), [&](const PairRuns& w) {
      return same(w.pair.first.board, pair.pair.first.board);
    });
    if (!known) widest.push_back(std::move(pair));
  }
  return widest;
}

// One job per first workload and seed, so that a policy is trained once.
void run_pairs(std::vector<PairRuns>& pairs, unsigned threads) {
  struct Job {
    std::vector<std::size_t> pairs;
    std::uint64_t seed = 0;
  };
  std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> by_first;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    by_first[{pairs[i].pair.first.board, pairs[i].pair.first.workload}].push_back(i);
    pairs[i].runs.resize(kSeeds);
  }
  std::vector<Job> jobs;
  for (const auto& [first, members] : by_first) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) jobs.push_back({members, seed});
  }
  run_parallel("drift", jobs.size(), threads, [&](std::size_t i) {
    const Job& job = jobs[i];
    const RpeCell& first = pairs[job.pairs.front()].pair.first;
    const PolicyFile policy = train_for_drift(first, job.seed);
    for (const std::size_t p : job.pairs) {
      pairs[p].runs[job.seed - 1] = run_drift(pairs[p].pair, pairs[p].oracle, policy, job.seed);
    }
    return fmt::format("{} {}", first.board, first.workload);
  });
}

template <typename Figure>
std::vector<double> each(const PairRuns& pair, Figure figure) {
  std::vector<double> values;
  for (const DriftResult& run : pair.runs) values.push_back(100.0 * figure(run));
  return values;
}

double worst(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}

void add_rows(const PairRuns& pair, ReproductionTable& table) {
  const auto frozen = each(pair, [](const DriftResult& r) { return r.frozen.energy; });
  const auto adapted = each(pair, [](const DriftResult& r) { return r.adapted.energy; });
  const auto latency = each(pair, [](const DriftResult& r) { return r.adapted.latency_of_limit; });
  const auto frozen_latency =
      each(pair, [](const DriftResult& r) { return r.frozen.latency_of_limit; });
  table.show(pair.name() + ": frozen, median", std::nullopt, interpolated_quantile(frozen, 0.5),
             "% above the oracle");
  table.show(pair.name() + ": frozen, latency of the limit", std::nullopt,
             interpolated_quantile(frozen_latency, 0.5), "%");
  table.check_at_most(pair.name() + ": adapting, median", 100.0 * kAllowed,
                      interpolated_quantile(adapted, 0.5), "% above the oracle");
  table.check_at_most(pair.name() + ": adapting, worst seed", 100.0 * kAllowed, worst(adapted),
                      "% above the oracle");
  table.check_at_most(pair.name() + ": adapting, latency of the limit, worst seed", 100.0,
                      worst(latency), "%");
}

void add_summary(const std::vector<PairRuns>& pairs, ReproductionTable& table) {
  double explored = 0.0;
  double residents = 0.0;
  double rate = 0.0;
  double runs = 0.0;
  double within = 0.0;
  for (const PairRuns& pair : pairs) {
    for (const DriftResult& run : pair.runs) {
      ++runs;
      explored += run.explored_share;
      residents += run.residents_share;
      rate += run.steps_per_second;
      within += run.adapted.energy <= kAllowed && run.adapted.latency_of_limit <= 1.0 ? 1.0 : 0.0;
    }
  }
  table.show("runs within 3 % and the limit", std::nullopt, 100.0 * within / runs, "%");
  table.show("decisions drawn at random since the change", std::nullopt, 100.0 * explored / runs,
             "%");
  table.show("decisions left to the kernel's governors since", std::nullopt,
             100.0 * residents / runs, "%");
  table.show("gradient steps per second of wall clock", std::nullopt, rate / runs, "");
}

}  // namespace

void reproduce_drift(Effort which, unsigned threads, ReproductionTable& table) {
  set_torch_threads(1);
  std::vector<PairRuns> pairs = separating_pairs(threads);
  if (which == Effort::kQuick) pairs = widest_of_each_board(std::move(pairs));
  run_pairs(pairs, threads);
  for (const PairRuns& pair : pairs) add_rows(pair, table);
  add_summary(pairs, table);
  table.note(fmt::format(
      "Policies learned offline for the first workload govern; after {:g} s the second one is\n"
      "served. Judged from {:g} s after the change on, over {:g} s, exploration included, by the\n"
      "simulator's truth, against the second workload's best fixed setting under the same limit\n"
      "(1.4 times stock's latency) in the same stretch. {} seeds. Pairs: {}.",
      kDriftChangeSeconds, kDriftLearningSeconds, kDriftJudgedSeconds, kSeeds,
      which == Effort::kQuick ? "of each board the one whose best settings differ most"
                              : "all of whose best settings the first is over 3 % dearer or "
                                "too slow for the second"));
}

}  // namespace flyball
