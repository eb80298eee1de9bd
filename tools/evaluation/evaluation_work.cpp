#include "tools/evaluation/evaluation_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "controllers/evaluation/oracle_runs.h"
#include "controllers/evaluation/plan_fingerprint.h"
#include "tools/config/scenario_name.h"
#include "tools/console.h"
#include "tools/evaluation/kept_runs.h"
#include "tools/evaluation/search_choice.h"
#include "tools/evaluation/suite_work.h"
#include "tools/program.h"

namespace flyball {

namespace {

// The scenario's own, or as many as asked for from its first on.
std::vector<std::uint64_t> seeds_of(const Scenario& scenario, const EvaluateOptions& options) {
  if (!options.seeds) return scenario.seeds;
  std::vector<std::uint64_t> seeds;
  for (std::size_t i = 0; i < *options.seeds; ++i) seeds.push_back(scenario.seeds.front() + i);
  return seeds;
}

// The scenario as the command line wants it: limits hold for every governor.
Scenario scenario_of(const EvaluateOptions& options, const std::string& named) {
  Scenario scenario = named.empty() ? plain_scenario(options.plain, options.assignments)
                                    : load_scenario(named, options.assignments);
  if (options.mode) scenario.mode = find_mode(scenario.board.board, *options.mode);
  if (options.deadline_seconds) scenario.arrivals.deadline_seconds = options.deadline_seconds;
  if (options.preference.latency_limit_seconds) {
    scenario.objective.latency_mean_factor.reset();
    scenario.objective.latency_mean_seconds = options.preference.latency_limit_seconds;
  }
  if (options.preference.miss_limit) {
    scenario.objective.in_time_share = 1.0 - *options.preference.miss_limit;
  }
  return scenario;
}

constexpr const char* kLearned = "learned";
constexpr const char* kSearches = "searches";
constexpr const char* kSearch = "search:";

bool is_special(const std::string& item) {
  return item == kLearned || item == kSearches || item.starts_with(kSearch);
}

// What is the same for every scenario; "learned" and searches are made for each.
struct GovernorList {
  std::vector<GovernorChoice> choices;  // of `items` that are not special, in their order
  std::vector<std::string> items;       // special ones by name, others as ""
  bool has_learned = false;
};

// A preference goes to policies; they are guarded unless told otherwise.
void prefer(const EvaluateOptions& options, GovernorChoice& choice) {
  choice.guarded = !options.no_guard;
  choice.policy = std::make_shared<const PolicyFile>(
      preferred(*choice.policy, options.preference, choice.name));
}

GovernorList governors_of(const EvaluateOptions& options) {
  GovernorList list;
  std::string plain;
  const auto flush = [&] {
    if (plain.empty()) return;
    for (GovernorChoice& choice : as_usage([&] { return parse_governors(plain); })) {
      if (choice.policy) prefer(options, choice);
      list.choices.push_back(std::move(choice));
      list.items.emplace_back();
    }
    plain.clear();
  };
  for (const std::string& item : comma_separated(options.governors)) {
    if (!is_special(item)) {
      plain += (plain.empty() ? "" : ",") + item;
      continue;
    }
    flush();
    list.items.push_back(item);
    list.has_learned |= item == kLearned;
  }
  flush();
  const bool has_policy =
      list.has_learned || std::any_of(list.choices.begin(), list.choices.end(),
                                      [](const auto& choice) { return choice.policy != nullptr; });
  if (options.preference.eta && !has_policy) {
    throw UsageError("--eta is for policies, and --governors names none");
  }
  return list;
}

// Searches where the scenario limits the mean latency; elsewhere they have nothing to keep.
void add_searches(const EvaluationPlan& plan, const std::string& item,
                  std::vector<GovernorChoice>& choices) {
  const bool is_limited = plan.objective.latency_mean_seconds || plan.objective.latency_mean_factor;
  if (item == kSearches && !is_limited) {
    remark(
        "flyball evaluate: {}: without searches, which keep a mean latency and none is limited\n",
        plan.scenario);
    return;
  }
  const std::vector<std::string> names =
      item == kSearches ? search_choice_names() : std::vector<std::string>{item};
  for (const std::string& name : names) {
    choices.push_back(as_usage([&] { return search_choice(plan, name); }));
  }
}

// Those of one scenario. `learned`: its policy; null where none is asked for.
std::vector<GovernorChoice> choices_for(const EvaluateOptions& options, const EvaluationPlan& plan,
                                        const GovernorList& list,
                                        const std::shared_ptr<const PolicyFile>& learned) {
  std::vector<GovernorChoice> choices;
  auto next = list.choices.begin();
  for (const std::string& item : list.items) {
    if (item.empty()) {
      choices.push_back(*next++);
    } else if (item == kLearned) {
      GovernorChoice choice = policy_choice(learned);
      choice.name = kLearned;
      prefer(options, choice);
      choices.push_back(std::move(choice));
    } else {
      add_searches(plan, item, choices);
    }
  }
  return choices;
}

// Stock's run of the first seed is made anew: kept runs of a simulation that has changed since, in
// whatever way, show by it.
std::unique_ptr<RunKeeper> keeper_of(KeptResults* results, const EvaluationTask& task) {
  if (results == nullptr) return std::make_unique<RunMemo>();
  const RunFigures probe = kept_run(task.plan, stock_choice(), 0);
  auto runs =
      std::make_unique<KeptRuns>(*results, task.name,
                                 fmt::format("{:016x} {} J {} s", fingerprint(task.plan),
                                             probe.energy_joules, probe.latency_mean_seconds));
  for (const std::string& why : runs->not_taken(task.governors)) {
    remark("flyball evaluate: {}\n", why);
  }
  if (runs->count() > 0)
    remark("flyball evaluate: {}: {} runs are kept\n", task.name, runs->count());
  return runs;
}

// A scenario to be evaluated: what it is called, and by what it is loaded.
struct NamedScenario {
  std::string named;
  std::string load;  // empty: a plain load
  LearningScenario learning;
};

std::vector<NamedScenario> scenarios_of(const EvaluateOptions& options, const Suite* suite,
                                        const ScratchFolder& scratch) {
  std::vector<NamedScenario> scenarios;
  if (suite != nullptr && suite->measurements) {
    if (options.data.empty()) {
      throw UsageError(
          fmt::format("--suite {} needs --data DIR, the folder of its measurements", suite->id));
    }
    const auto measured = loudva_scenarios(options.data, suite->scenarios, scratch.path());
    for (std::size_t i = 0; i < measured.size(); ++i) {
      scenarios.push_back(
          {suite->scenarios[i], measured[i].recorded.string(), measured[i].learning});
    }
    return scenarios;
  }
  for (const std::string& name : suite != nullptr ? suite->scenarios : options.scenarios) {
    ScenarioName learned = parse_scenario_name(name);
    for (const std::string& set : options.assignments) learned.assignments.push_back(set);
    scenarios.push_back({name, name, {name, text_of(learned), ""}});
  }
  if (scenarios.empty()) scenarios.push_back({"", "", {}});
  return scenarios;
}

std::vector<std::shared_ptr<const PolicyFile>> learned_of(
    const EvaluateOptions& options, const std::vector<NamedScenario>& scenarios,
    const GovernorList& list) {
  if (!list.has_learned) {
    return std::vector<std::shared_ptr<const PolicyFile>>(scenarios.size());
  }
  std::vector<LearningScenario> learning;
  for (const NamedScenario& scenario : scenarios) {
    if (scenario.load.empty()) {
      throw UsageError("learned: is trained on a scenario: with --scenario or --suite");
    }
    learning.push_back(scenario.learning);
  }
  const std::string folder = options.keep.empty() ? "" : options.keep + ".policies";
  return learned_policies(learning, folder, options.threads);
}

EvaluationWork work_of(const EvaluateOptions& options, const NamedScenario& named,
                       const GovernorList& list, const std::shared_ptr<const PolicyFile>& learned,
                       KeptResults* results) {
  EvaluationWork work;
  work.scenario = scenario_of(options, named.load);
  work.named = named.named.empty() ? work.scenario.id : named.named;
  EvaluationTask& task = work.task;
  task.name = work.named;
  task.plan = make_plan(work.scenario, seeds_of(work.scenario, options));
  task.governors = choices_for(options, task.plan, list, learned);
  as_usage([&] { return oracle_knobs(task.plan, task.governors); });
  work.keeper = keeper_of(results, task);
  task.plan.keeper = work.keeper.get();
  return work;
}

}  // namespace

std::vector<std::string> comma_separated(const std::string& text) {
  std::vector<std::string> items;
  std::istringstream stream(text);
  for (std::string item; std::getline(stream, item, ',');) items.push_back(item);
  return items;
}

std::vector<EvaluationWork> evaluation_work(const EvaluateOptions& options, const Suite* suite,
                                            const ScratchFolder& scratch, KeptResults* results) {
  const GovernorList list = governors_of(options);
  const std::vector<NamedScenario> scenarios = scenarios_of(options, suite, scratch);
  const auto learned = learned_of(options, scenarios, list);
  std::vector<EvaluationWork> work;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    work.push_back(work_of(options, scenarios[i], list, learned[i], results));
  }
  return work;
}

}  // namespace flyball
