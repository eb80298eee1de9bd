#include "controllers/evaluation/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "controllers/evaluation/fine_tuning_plan.h"
#include "controllers/evaluation/oracle_runs.h"
#include "controllers/evaluation/sim_setup.h"
#include "controllers/evaluation/simulated_run.h"
#include "controllers/fine_tuning_governor.h"
#include "controllers/fixed_governor.h"
#include "controllers/kernel_governors.h"
#include "controllers/learned_governor.h"
#include "env/errors.h"
#include "env/job_pool.h"
#include "env/sim/sim_plant.h"
#include "env/statistics.h"

namespace flyball {

namespace {

// A setting that saves less than this leaves nothing to take a share of.
constexpr double kWorthwhileSaving = 0.01;

constexpr std::uint64_t kBootstrapSeed = 1;

using Kind = GovernorChoice::Kind;

// The loop of a governor with a period of its own; sampling as planned where that divides it.
LoopConfig loop_for(const EvaluationPlan& plan, const GovernorChoice& choice) {
  LoopConfig loop = plan.loop;
  if (choice.kind == Kind::kMade && choice.period_seconds > 0.0) {
    loop.period_seconds = loop.sample_seconds = choice.period_seconds;
  }
  if (choice.kind != Kind::kPolicy) return loop;
  loop.period_seconds = choice.policy->metadata.encoder.period_seconds;
  const double samples = std::max(1.0, std::round(loop.period_seconds / loop.sample_seconds));
  loop.sample_seconds = loop.period_seconds / samples;
  return loop;
}

// A policy that keeps no limit of its own is watched by the scenario's.
void guard_by_scenario(const EvaluationPlan& plan, const PolicyMetadata& policy,
                       LearnedGovernor& governor) {
  const std::optional<double>& asked = plan.objective.in_time_share;
  if (policy.constraint || !asked || *asked >= 1.0) return;
  GuardConfig config = guard_config(policy);
  config.miss_limit = 1.0 - *asked;
  governor.guard(config);
}

RunFigures run_policy(const EvaluationPlan& plan, const GovernorChoice& choice,
                      const SimConfig& config, const LoopConfig& loop) {
  const std::unique_ptr<LearnedGovernor> governor = choice.make_policy();
  if (choice.guarded) guard_by_scenario(plan, choice.policy->metadata, *governor);
  RunFigures figures =
      run_governor(config, governor.get(), choice.knobs(), loop, plan.timeout_seconds).figures;
  figures.guard = governor->guard_report();
  return figures;
}

// Which kernel governor is put in the residents' place. jetson_clocks sets every floor to its
// ceiling, where the governor "performance" stays, too.
std::optional<std::string> resident_of(const GovernorChoice& choice) {
  if (choice.kind != Kind::kKernel) return std::nullopt;
  return choice.name == kJetsonClocks ? "performance" : choice.name;
}

// Made for the plan's board and work; all that its runs depend on is in the plan.
GovernorChoice made_fine_tuning(const EvaluationPlan& plan) {
  const FineTuningPlan known = make_fine_tuning_plan(plan.configs.front(), plan.knobs);
  FineTuningConfig config;
  config.in_time_share = std::min(0.999, plan.objective.in_time_share.value_or(0.97));
  config.period_seconds = plan.loop.period_seconds;
  GovernorChoice choice{Kind::kMade, kFineTuningName, {}, nullptr};
  choice.make_own = [known, config](std::uint64_t) {
    return std::make_unique<FineTuningGovernor>(known, config);
  };
  choice.leases = known.knobs;
  choice.leases.emplace_back(kFineTuningKnob);
  choice.content = kFineTuningName;
  return choice;
}

RunFigures run_choice(const EvaluationPlan& plan, const GovernorChoice& choice, std::size_t seed) {
  if (choice.kind == Kind::kFineTuning) return run_choice(plan, made_fine_tuning(plan), seed);
  SimConfig config = plan.configs[seed];
  if (const std::optional<std::string> resident = resident_of(choice)) {
    config.residents = resident_factory(substitute(plan.stock, *resident));
  }
  if (choice.kind == Kind::kMode) config.mode = find_mode(config.board, choice.mode);
  if (choice.knobs().empty()) return run_residents(config, plan.timeout_seconds);
  LoopConfig loop = loop_for(plan, choice);
  loop.seed = plan.seeds[seed];
  if (choice.kind == Kind::kPolicy) return run_policy(plan, choice, config, loop);
  const std::unique_ptr<Governor> governor = choice.make(plan.seeds[seed]);
  return run_governor(config, governor.get(), choice.knobs(), loop, plan.timeout_seconds).figures;
}

// Of a policy its content counts, not its file's name.
std::string run_key(const EvaluationPlan& plan, const GovernorChoice& choice, std::size_t seed) {
  std::string name = choice.name;
  if (choice.policy) {
    name = fmt::format("policy {} {} {}", choice.name, policy_checksum(*choice.policy),
                       choice.guarded ? "guarded" : "bare");
  }
  if (!choice.content.empty()) name = choice.content;
  return fmt::format("{} #{}", name, plan.seeds[seed]);
}

// Where nothing arrives there is nothing to compare: no figure would be 0, all would be absent.
void require_requests(std::span<const RunFigures> stock) {
  for (const RunFigures& run : stock) {
    if (run.served + run.unserved > 0) continue;
    throw DataError(
        fmt::format("no request arrives with seed {}: nothing can be compared", run.seed));
  }
}

RunLimits resolve(const Objective& objective, const RunFigures& stock) {
  RunLimits limits{objective.latency_mean_seconds, objective.in_time_share};
  if (objective.latency_mean_factor) {
    limits.latency_mean_seconds = *objective.latency_mean_factor * stock.latency_mean_seconds;
  }
  return limits;
}

std::string why_infeasible(const RunFigures& figures, const RunLimits& limits) {
  if (is_feasible(figures, limits)) return {};
  if (figures.unserved > 0) return fmt::format("{} requests not served", figures.unserved);
  if (!figures.finished) return "timed out before the work was done";
  if (figures.served == 0) return "no requests";
  if (limits.in_time_share && figures.in_time_share() < *limits.in_time_share) {
    return fmt::format("{:.2f} % in time, asked {:.2f} %", 100.0 * figures.in_time_share(),
                       100.0 * *limits.in_time_share);
  }
  return fmt::format("mean latency {:.4g} s, limit {:.4g} s", figures.latency_mean_seconds,
                     limits.latency_mean_seconds.value_or(0.0));
}

double sum_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

std::optional<Interval> saving_interval(const std::vector<RunFigures>& stock,
                                        const std::vector<RunFigures>& runs) {
  if (runs.size() < 2) return std::nullopt;
  std::vector<double> stock_joules;
  std::vector<double> joules;
  for (const RunFigures& run : stock) stock_joules.push_back(run.energy_joules);
  for (const RunFigures& run : runs) joules.push_back(run.energy_joules);
  const auto saving = [](std::span<const double> of_stock, std::span<const double> ours) {
    return 1.0 - sum_of(ours) / sum_of(of_stock);
  };
  return paired_bootstrap_interval(stock_joules, joules, saving, kBootstrapSeed);
}

// Fills what follows from the runs.
void compare(GovernorResult& result, const std::vector<RunFigures>& stock,
             const RunLimits& limits) {
  result.figures = pooled(result.runs, limits);
  result.saving = saving_against(pooled(stock, {}), result.figures);
  result.infeasible = why_infeasible(result.figures, limits);
  const double count = static_cast<double>(stock.size());
  double mean = 0.0;
  double squares = 0.0;
  result.seed_savings.clear();
  for (std::size_t s = 0; s < stock.size(); ++s) {
    const double saving = saving_against(stock[s], result.runs[s]);
    result.seed_savings.push_back(saving);
    mean += saving / count;
    squares += saving * saving / count;
  }
  result.saving_deviation = std::sqrt(std::max(0.0, squares - mean * mean));
  result.saving_interquartile_mean = interquartile_mean(result.seed_savings);
  result.saving_interval = saving_interval(stock, result.runs);
}

void compare_with_oracle(GovernorResult& result, const GovernorResult& oracle) {
  if (oracle.runs.empty()) return;
  if (oracle.saving >= kWorthwhileSaving) {
    result.share_of_oracle = result.saving / oracle.saving;
  } else {
    result.regret = result.figures.energy_joules / oracle.figures.energy_joules - 1.0;
  }
}

// The levels that a fixed choice runs at: those next to what was asked for.
std::vector<HeldKnob> fixed_knobs(const EvaluationPlan& plan, const GovernorChoice& choice) {
  const SimPlant plant(plan.configs.front());
  const PlantDescription& description = plant.description();
  FixedGovernor governor(choice.values);
  const std::vector<std::size_t> knobs = find_knobs(description, choice.knobs());
  governor.reset(scope_over(description, knobs));
  const Setting setting = governor.decide({Telemetry{}}).setting;
  std::vector<HeldKnob> held;
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    const Knob& knob = description.knobs[knobs[k]];
    held.push_back({knob.name, knob.levels[setting[k].floor], false});
  }
  return held;
}

// The runs of all seeds, where every one of them is kept.
std::optional<std::vector<RunFigures>> kept_runs(const EvaluationPlan& plan,
                                                 const GovernorChoice& choice) {
  if (plan.keeper == nullptr) return std::nullopt;
  std::vector<RunFigures> runs;
  for (std::size_t s = 0; s < plan.seeds.size(); ++s) {
    const std::optional<RunFigures> kept = plan.keeper->find(run_key(plan, choice, s));
    if (!kept) return std::nullopt;
    runs.push_back(*kept);
  }
  return runs;
}

std::vector<RunFigures> run_seeds(const EvaluationPlan& plan, const GovernorChoice& choice,
                                  const EvaluationProgress& progress) {
  if (auto kept = kept_runs(plan, choice)) return *std::move(kept);  // nobody is asked
  std::vector<RunFigures> runs(plan.seeds.size());
  const auto run = [&](std::size_t s) { runs[s] = kept_run(plan, choice, s); };
  const auto keep_going = [&](std::size_t done) {
    const double share = static_cast<double>(done) / static_cast<double>(runs.size());
    return !progress || progress(choice.name, share);
  };
  if (!run_jobs(runs.size(), plan.threads, run, keep_going)) throw Interrupted("interrupted");
  return runs;
}

// What a policy was made for, where that is something else.
std::string warning_of(const EvaluationPlan& plan, const GovernorChoice& choice) {
  if (!choice.policy) return {};
  const PolicyMetadata& policy = choice.policy->metadata;
  const std::string& board = plan.configs.front().board.id;
  if (policy.board != board) {
    return fmt::format("was made for the board {}, this is {}", policy.board, board);
  }
  const std::string& of = policy.provenance.scenario;
  const auto names = [&](const std::string& name) {
    return !name.empty() && of.find(name) != std::string::npos;
  };
  if (of.empty() || plan.scenario.empty() || names(plan.scenario) || names(plan.workload)) {
    return {};
  }
  return fmt::format("learned from \"{}\", this is {} with {}", of, plan.scenario, plan.workload);
}

// A policy of another board that cannot govern this one has no runs, and says why.
void run_or_refuse(const EvaluationPlan& plan, const GovernorChoice& choice,
                   const EvaluationProgress& progress, GovernorResult& result) {
  if (!choice.policy || choice.policy->metadata.board == plan.configs.front().board.id) {
    result.runs = run_seeds(plan, choice, progress);
    return;
  }
  try {
    result.runs = run_seeds(plan, choice, progress);
  } catch (const std::invalid_argument& error) {
    result.infeasible = fmt::format("{}: {}", result.warning, error.what());
  }
}

// One governor, held against stock. Throws Interrupted.
GovernorResult result_of(const EvaluationPlan& plan, const GovernorChoice& choice,
                         const EvaluationProgress& progress, Evaluation& evaluation) {
  if (choice.kind == Kind::kStock) return evaluation.stock;
  GovernorResult result;
  if (choice.kind == Kind::kOracle) {
    result = best_fixed_result(plan, progress, evaluation);
  } else if (choice.kind == Kind::kPhases) {
    result = best_per_phase_result(plan, progress, evaluation);
  } else if (choice.kind == Kind::kTable) {
    result = queue_table_result(plan, progress, evaluation);
  } else {
    result.name = choice.name;
    if (choice.kind == Kind::kFixed) result.setting = fixed_knobs(plan, choice);
    result.warning = warning_of(plan, choice);
    run_or_refuse(plan, choice, progress, result);
  }
  if (!result.runs.empty()) compare(result, evaluation.stock.runs, evaluation.limits);
  return result;
}

}  // namespace

RunFigures kept_run(const EvaluationPlan& plan, const GovernorChoice& choice, std::size_t seed) {
  return kept_or(plan.keeper, run_key(plan, choice, seed), [&] {
    RunFigures figures = run_choice(plan, choice, seed);
    figures.governor = choice.name;
    figures.seed = plan.seeds[seed];
    return figures;
  });
}

std::string setting_text(const std::vector<HeldKnob>& setting) {
  std::string text;
  for (const HeldKnob& knob : setting) {
    if (!text.empty()) text += ", ";
    const bool is_clock = !is_application_knob(knob.name);
    const std::string value =
        !is_clock ? fmt::format("{:g}", knob.value) : fmt::format("{:g} MHz", knob.value / 1e6);
    text += fmt::format("{} {}{}", knob.name, knob.is_cap ? "at most " : "", value);
  }
  return text.empty() ? "stock" : text;
}

std::string table_text(const std::vector<HeldRow>& table) {
  std::string text;
  for (const HeldRow& row : table) {
    if (!text.empty()) text += "; ";
    text += row.groups_per_second ? fmt::format("at {:g}/s: ", *row.groups_per_second)
                                  : fmt::format("from {}: ", row.least_requests);
    text += setting_text(row.setting);
  }
  return text;
}

EvaluationPlan make_plan(const Scenario& scenario, const std::vector<std::uint64_t>& seeds) {
  EvaluationPlan plan;
  plan.seeds = seeds;
  for (const std::uint64_t seed : seeds) {
    plan.configs.push_back(make_sim_config(scenario, seed));
    plan.phases.push_back(arrival_phases(scenario.arrivals, seed));
  }
  if (const auto* bursty = std::get_if<BurstyArrivals>(&scenario.arrivals.source)) {
    for (const BurstyArrivals::State& state : bursty->states) {
      plan.phase_rates.push_back(state.groups_per_second);
    }
  }
  plan.stock = stock_residents(scenario.board.board);
  plan.scenario = scenario.id;
  plan.workload = scenario.workload.id;
  plan.knobs = scenario.control.knobs;
  plan.loop.period_seconds = scenario.control.period_seconds;
  plan.loop.sample_seconds = scenario.control.sample_seconds;
  plan.loop.simulated_think_seconds = scenario.control.think_seconds;
  plan.objective = scenario.objective;
  if (scenario.timeout_seconds) plan.timeout_seconds = *scenario.timeout_seconds;
  return plan;
}

std::vector<std::string> oracle_knobs(const EvaluationPlan& plan,
                                      const std::vector<GovernorChoice>& governors) {
  const GovernorChoice* first = nullptr;
  for (const GovernorChoice& choice : governors) {
    if (choice.kind != Kind::kPolicy) continue;
    if (first == nullptr) first = &choice;
    if (choice.knobs() != first->knobs()) {
      throw std::invalid_argument(
          fmt::format("{} and {} turn different knobs, and the best fixed setting is searched over "
                      "one set of them: evaluate them apart",
                      first->name, choice.name));
    }
  }
  return first != nullptr ? first->knobs() : plan.knobs;
}

Evaluation evaluate(const EvaluationPlan& plan, const std::vector<GovernorChoice>& governors,
                    const EvaluationProgress& progress) {
  Evaluation evaluation = evaluate_until_stopped(plan, governors, progress);
  if (!evaluation.unfinished.empty()) throw Interrupted("interrupted");
  return evaluation;
}

Evaluation evaluate_until_stopped(const EvaluationPlan& plan,
                                  const std::vector<GovernorChoice>& governors,
                                  const EvaluationProgress& progress) {
  Evaluation evaluation;
  evaluation.oracle_knobs = oracle_knobs(plan, governors);
  evaluation.domains = plan.configs.front().board.domains;
  for (const GovernorChoice& choice : governors) {
    if (choice.kind == Kind::kMode) find_mode(plan.configs.front().board, choice.mode);
  }
  const GovernorChoice stock{Kind::kStock, "stock", {}, nullptr};
  evaluation.stock.name = stock.name;
  evaluation.stock.runs =
      plan.stock_runs.empty() ? run_seeds(plan, stock, progress) : plan.stock_runs;
  require_requests(evaluation.stock.runs);
  evaluation.limits = resolve(plan.objective, pooled(evaluation.stock.runs, {}));
  compare(evaluation.stock, evaluation.stock.runs, evaluation.limits);

  GovernorResult oracle;
  for (const GovernorChoice& choice : governors) {
    const bool is_stopped = !evaluation.unfinished.empty() && choice.kind != Kind::kStock;
    try {
      if (is_stopped && !kept_runs(plan, choice)) throw Interrupted("interrupted");
      evaluation.results.push_back(result_of(plan, choice, progress, evaluation));
      if (choice.kind == Kind::kOracle) oracle = evaluation.results.back();
    } catch (const Interrupted&) {
      evaluation.unfinished.push_back(choice.name);
    }
  }
  for (GovernorResult& result : evaluation.results) compare_with_oracle(result, oracle);
  compare_with_oracle(evaluation.stock, oracle);
  return evaluation;
}

OracleResult sweep(const EvaluationPlan& plan, const std::vector<std::string>& knobs,
                   const RunLimits& limits, const std::function<bool(double)>& progress) {
  const SimPlant plant(plan.configs.at(0));
  StaticOracleConfig config;
  for (const std::size_t k : find_knobs(plant.description(), knobs)) {
    config.knobs.push_back(plant.description().knobs[k]);
    config.limits.push_back(plant.description().limits[k]);
  }
  config.seeds = plan.seeds;
  config.run_limits = limits;
  config.threads = plan.threads;
  const auto run = [&](std::span<const Level> levels, std::uint64_t seed) {
    const auto at = std::find(plan.seeds.begin(), plan.seeds.end(), seed) - plan.seeds.begin();
    const std::string key = fmt::format("pins {} at {} #{}", fmt::join(knobs, ","),
                                        fmt::join(levels.begin(), levels.end(), ","), seed);
    return kept_or(plan.keeper, key, [&] {
      RunFigures figures = run_pinned(plan.configs[static_cast<std::size_t>(at)], knobs, levels,
                                      plan.timeout_seconds);
      figures.governor = "fixed";
      figures.seed = seed;
      return figures;
    });
  };
  return search_static_oracle(config, run, progress);
}

double saving_against(const RunFigures& stock, const RunFigures& figures) {
  return 1.0 - figures.energy_joules / stock.energy_joules;
}

}  // namespace flyball
