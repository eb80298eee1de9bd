#include "tools/reproduce/published/loudva_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "agent/trainer.h"
#include "controllers/control_loop.h"
#include "controllers/evaluation/simulated_run.h"
#include "controllers/fixed_governor.h"
#include "controllers/learned_governor.h"
#include "controllers/random_governor.h"
#include "env/draw.h"
#include "env/logs/row_collector.h"
#include "env/sim/sim_plant.h"
#include "tools/interrupt.h"
#include "tools/progress.h"
#include "tools/reproduce/common/trained_policy.h"
#include "tools/reproduce/published/loudva_cases.h"
#include "tools/reproduce/published/loudva_plant.h"

namespace flyball {

namespace {

constexpr double kLongestGapSeconds = 4.0;
constexpr std::size_t kEpisodes = 600;
constexpr std::uint64_t kSteps = 45000;
constexpr std::uint64_t kEpisodeSeeds = 100'000;  // per policy
constexpr std::size_t kPracticeTraces = 10;       // per case
// In late groups, over the discounted future.
constexpr std::array kTolerances = {0.05, 0.03, 0.02, 0.01, 0.005, 0.002};
constexpr double kTrainedTolerance = 0.02;

// What episodes are made of: a run and its tightest limits. What is lost whatever is done teaches
// nothing; a quarter of its limits would lose a fifth of run 3's images so.
struct EpisodeSource {
  const char* run;
  double tightest;
};
constexpr std::array<EpisodeSource, 2> kSources = {
    {{"stock_governor_0", 0.25}, {"stock_governor_3", 0.6}}};

// Requests like a run's own: its groups and its gaps, each drawn with replacement. Longer gaps are
// cut short: an idle board teaches little.
std::vector<Arrival> resampled(const std::vector<Arrival>& run, std::mt19937_64& random) {
  std::vector<Arrival> arrivals;
  double time = run.front().time_seconds;
  for (std::size_t i = 0; i < run.size(); ++i) {
    arrivals.push_back(run[draw_index(random, run.size())]);
    arrivals.back().time_seconds = time;
    const std::size_t gap = 1 + draw_index(random, run.size() - 1);
    time += std::min(run[gap].time_seconds - run[gap - 1].time_seconds, kLongestGapSeconds);
  }
  return arrivals;
}

SpanConfig span_config() {
  SpanConfig spans;
  spans.knobs = kLoudvaKnobs;
  spans.encoder.period_seconds = loudva_loop().period_seconds;
  spans.encoder.with_effective = false;
  spans.encoder.with_utilization = false;
  spans.encoder.with_queue = true;
  spans.encoder.with_arrivals = false;
  spans.encoder.with_slack = true;
  spans.encoder.with_deadline = true;
  spans.encoder.slack_scale_seconds = 20.0;
  return spans;
}

// The server answers a group at once, so its images are late together. They count as one: counted
// one by one, what is uncertain about a group of fifty hides whether one of two will be late.
void count_late_groups(LogTransitions& log) {
  for (Transition& transition : log.transitions) {
    for (SpanCost* cost : {&transition.before_effect, &transition.after_effect}) {
      cost->missed = std::min(cost->missed, 1.0);
    }
  }
}

void add_log(const LoudvaWorld& world, const std::string& name, const TelemetryLogHeader& header,
             const std::vector<TelemetryRow>& rows, TrainingSet& set) {
  LogTransitions log = log_transitions(header, rows, span_config());
  count_late_groups(log);
  append(set, name, world.board.id, std::move(log));
}

// One simulated episode: a run's requests drawn anew, limits between the tightest and the recorded
// ones, random settings held for a while and stock in between.
void add_episode(const LoudvaWorld& world, std::uint64_t seed, TrainingSet& set) {
  std::mt19937_64 random(seed);
  const EpisodeSource& source = kSources[draw_index(random, kSources.size())];
  const double limit_scale = std::pow(source.tightest, draw_unit(random));
  SimPlant plant(loudva_config(world.board, world.work,
                               resampled(world.runs.at(source.run).arrivals(limit_scale), random)));
  RandomGovernorConfig exploration;
  exploration.period_seconds = loudva_loop().period_seconds;
  exploration.share = 0.9;
  exploration.hold_periods = 1U << draw_index(random, 5);
  exploration.seed = seed;
  RandomGovernor governor(exploration);
  RowCollector collector;
  ControlLoop loop(plant, &governor, find_knobs(plant.description(), kLoudvaKnobs), loudva_loop(),
                   &collector);
  loop.run({}, std::numeric_limits<double>::infinity());
  TelemetryLogHeader header;
  header.plant = plant.description();
  header.leased_knobs = kLoudvaKnobs;
  header.scenario = "LoudVA's requests drawn anew on the measured plant";
  add_log(world, fmt::format("simulated episode {}", seed), header, collector.rows, set);
  set.simulated = true;
}

// A recorded run. The board's server took whatever waited: a ceiling of 32. loud_prof also chose
// the groups that it sent, which its log does not tell apart from what waited.
void add_recorded(const LoudvaWorld& world, const std::filesystem::path& data,
                  const std::string& name, TrainingSet& set) {
  TelemetryLog log = import_loudva_run(data, world.board, name);
  const SimConfig plant = loudva_config(world.board, world.work, {});
  log.header.plant.knobs.push_back({"batch", plant.batch_levels, {}});
  log.header.plant.limits.push_back({0, static_cast<Level>(plant.batch_levels.size() - 1)});
  for (TelemetryRow& row : log.rows) {
    if (!row.telemetry.application) continue;
    ApplicationTelemetry application = *row.telemetry.application;
    application.batch_recommended = plant.default_batch;
    row.telemetry.application.refill(row.telemetry.application.time_seconds()) = application;
  }
  add_log(world, name, log.header, log.rows, set);
}

TrainingSet training_set(const LoudvaWorld& world, const std::filesystem::path& data,
                         std::uint64_t seed) {
  TrainingSet set;
  set.period_seconds = loudva_loop().period_seconds;
  set.scenario = "LoudVA runs 0 and 3";
  for (const char* name : {"stock_governor_0", "stock_governor_3", "loud_prof_0", "loud_prof_3"}) {
    add_recorded(world, data, name, set);
  }
  Progress progress("simulate", static_cast<double>(kEpisodes));
  for (std::size_t i = 0; i < kEpisodes; ++i) {
    add_episode(world, kEpisodeSeeds * seed + i, set);
    progress.update(static_cast<double>(i + 1));
    stop_if_interrupted();
  }
  return set;
}

TrainerConfig trainer_config(std::uint64_t seed) {
  TrainerConfig config;
  // What counts is how many late groups a decision may add to what is lost whatever is done.
  config.objective.constraint =
      ConstraintLimit{ConstraintKind::kMissRate, 1.0 - kLoudvaInTime, 1.0, kTrainedTolerance};
  config.network.learning_rate = 7e-4;
  config.network.huber_delta = 10.0;  // misses are rare: their mean counts, not their median
  config.learner.gamma = 0.97;
  config.learner.target_tau = 0.004;
  config.balance = 0.0;
  config.steps = kSteps;
  config.seed = seed;
  return config;
}

// What a policy is practised on, and the share that it has to keep there: what is asked for, or
// what the highest frequency keeps.
struct Practice {
  std::vector<LoudvaTrace> traces;
  double required_in_time = 0.0;
};

std::vector<Practice> practices(const LoudvaWorld& world, std::uint64_t seed) {
  std::mt19937_64 random(kEpisodeSeeds * seed + kEpisodeSeeds / 2);
  FixedGovernor fastest({{"gpu", world.table.frequencies_hz.back()}, {"batch", 32.0}});
  std::vector<Practice> all;
  for (const LoudvaCase& which : loudva_cases()) {
    Practice& practice = all.emplace_back();
    for (std::size_t i = 0; i < kPracticeTraces; ++i) {
      practice.traces.push_back(drawn_trace(world.runs.at(which.run), which.limit_scale, random));
    }
    practice.required_in_time =
        std::min(kLoudvaInTime, run_traces(world, practice.traces, &fastest).in_time_share());
  }
  return all;
}

// Of the tolerances the cheapest one that keeps what is required on every practice; if none does,
// the one that comes closest.
void choose_tolerance(const LoudvaWorld& world, std::uint64_t seed, PolicyFile& policy) {
  const std::vector<Practice> all = practices(world, seed);
  const double unit = *policy.metadata.constraint->tolerance / kTrainedTolerance;
  double least_short = std::numeric_limits<double>::infinity();
  double least_joules = std::numeric_limits<double>::infinity();
  double chosen = 0.0;
  for (const double tolerance : kTolerances) {
    policy.metadata.constraint->tolerance = unit * tolerance;
    LearnedGovernor governor(policy);
    double joules = 0.0;
    double short_by = 0.0;
    for (const Practice& practice : all) {
      const RunFigures figures = run_traces(world, practice.traces, &governor);
      joules += figures.energy_joules;
      short_by = std::max(short_by, practice.required_in_time - figures.in_time_share());
    }
    stop_if_interrupted();
    if (short_by > least_short || (short_by == least_short && joules >= least_joules)) continue;
    least_short = short_by;
    least_joules = joules;
    chosen = tolerance;
  }
  policy.metadata.constraint->tolerance = unit * chosen;
}

}  // namespace

PolicyFile train_loudva_policy(const LoudvaWorld& world, const std::filesystem::path& data,
                               std::uint64_t seed) {
  TrainerConfig config = trainer_config(seed);
  TrainingSet set = training_set(world, data, seed);
  take_references(config.objective, set.residents);
  Trainer trainer(config, std::move(set));
  Progress progress("train", static_cast<double>(kSteps));
  trainer.run(100, [&](const TrainingProgress& state) {
    progress.update(static_cast<double>(state.step),
                    fmt::format("cost loss {:.4f}, constraint loss {:.4f}", state.losses.cost,
                                state.losses.constraint));
    return !interrupted();
  });
  stop_if_interrupted();
  PolicyFile policy = trainer.policy(span_config().encoder, FLYBALL_VERSION);
  choose_tolerance(world, seed, policy);
  return policy;
}

}  // namespace flyball
