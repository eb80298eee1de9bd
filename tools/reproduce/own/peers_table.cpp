#include "tools/reproduce/own/peers_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "agent/networks/q_network.h"
#include "tools/config/config_directory.h"
#include "tools/config/train_config.h"
#include "tools/reproduce/common/judging.h"
#include "tools/reproduce/common/median_rows.h"
#include "tools/reproduce/common/trained_policy.h"
#include "tools/reproduce/own/blind_cases.h"
#include "tools/reproduce/own/blind_policy.h"

namespace flyball {

namespace {

constexpr std::size_t kSeeds = 5;
constexpr const char* kOurs = "flyball";
constexpr const char* kBandit = "least squares";

std::filesystem::path peers_folder() { return config_directory() / "train/peers"; }

TrainConfig config_of(const std::string& learner, const ChangingCase& which) {
  if (learner == kOurs) return which.training;
  if (learner == kBandit) return by_least_squares(which.training);
  return load_train_config((peers_folder() / (learner + ".toml")).string(),
                           {"simulate[0].scenario=" + which.scenario.id});
}

// Of every seed.
std::vector<double> values(const PeersCase& which, const std::string& learner,
                           const std::function<double(const PeerRun&)>& value) {
  std::vector<double> all;
  for (const PeerRuns& runs : which.runs) all.push_back(100.0 * value(runs.at(learner)));
  return all;
}

// What a governor saves; one that is late saves nothing.
double worth(const PeersCase& which, const JudgedRun& run) {
  const bool is_late = 100.0 * run.in_time < which.asked_percent() - kInTimeTolerance;
  return is_late ? std::min(0.0, run.saving) : run.saving;
}

void add_rows(const PeersCase& which, ReproductionTable& table) {
  const std::string& name = which.which.name;
  table.show(name + ": best fixed setting saves", std::nullopt, 100.0 * which.best_fixed.saving,
             "%");
  double ours = 0.0;
  double best_peer = -100.0;
  for (const std::string& learner : learner_names()) {
    const std::string row = fmt::format("{}: {}", name, learner);
    const std::vector<double> guarded =
        values(which, learner, [&](const PeerRun& run) { return worth(which, run.guarded); });
    show_median(table, row + ", guarded, saves, median", guarded);
    const auto in_time = [&](JudgedRun PeerRun::*arm) {
      const std::vector<double> all =
          values(which, learner, [&](const PeerRun& run) { return (run.*arm).in_time; });
      return *std::min_element(all.begin(), all.end());
    };
    table.show(row + ", guarded, in time, worst", which.asked_percent(), in_time(&PeerRun::guarded),
               "%");
    table.show(row + ", without the guard, in time, worst", which.asked_percent(),
               in_time(&PeerRun::bare), "%");
    (learner == kOurs ? ours : best_peer) =
        learner == kOurs ? median(guarded) : std::max(best_peer, median(guarded));
  }
  table.check_at_least(name + ": flyball beyond the best of the others, medians", 0.0,
                       ours - best_peer, "points");
}

}  // namespace

std::vector<std::string> learner_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(peers_folder())) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  names.insert(names.begin(), {kOurs, kBandit});
  return names;
}

PeerRuns train_peers(const ChangingCase& which, std::uint64_t seed) {
  PeerRuns runs;
  for (const std::string& learner : learner_names()) {
    const TrainConfig config = config_of(learner, which);
    const std::shared_ptr<const PolicyFile> policy =
        train_policy(config, load_data(config, seed), seed).policy;
    const Evaluation evaluation = judge(which.scenario, which.scenario.seeds,
                                        {guarded_choice(policy), policy_choice(policy)});
    runs[learner] = {judged_run(evaluation.results[0]), judged_run(evaluation.results[1])};
  }
  return runs;
}

void add_peer_rows(const std::vector<PeersCase>& cases, ReproductionTable& table) {
  for (const PeersCase& which : cases) add_rows(which, table);
}

void reproduce_peers(const JudgedOptions& options, ReproductionTable& table) {
  set_torch_threads(1);
  JudgedPlan plan = judged_plan("peers", options, kSeeds);
  for (const BlindScenario& scenario : blind_scenarios()) {
    if (!options.is_quick() || scenario.quick) plan.scenarios.push_back(scenario.id);
  }
  const JudgedResults results =
      run_judged_jobs(plan, [](const ChangingCase& which, std::size_t /*number*/,
                               std::uint64_t seed) { return train_peers(which, seed); });
  if (results.missing > 0) return table.note(results.missing_note());
  std::vector<PeersCase> cases;
  for (std::size_t i = 0; i < results.cases.size(); ++i) {
    cases.push_back({results.cases[i], results.policies[i]});
  }
  add_peer_rows(cases, table);
  table.note(fmt::format(
      "Seeds of log, training and the {} arrivals that are judged on were drawn from \"{}\": {}\n"
      "policies per scenario and learner. All are trained by the same trainer on logs of the same\n"
      "length, validated likewise, and judged on the same arrivals; a peer's recipe\n"
      "(configs/train/peers) says what it sees, its network, what it turns, and which of its\n"
      "defects are mended. A governor whose requests are in time less often than the scenario\n"
      "asks, or stock manages, minus {:g} points, saves nothing.",
      kJudgedArrivals, options.date, plan.seeds, kInTimeTolerance));
}

}  // namespace flyball
