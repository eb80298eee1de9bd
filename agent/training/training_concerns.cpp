#include "agent/training/training_concerns.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "env/action_space.h"

namespace flyball {

namespace {

// Figures of fewer requests are chance.
constexpr double kLeastRequests = 10.0;
constexpr std::size_t kWindowSpans = 20;
// Stamps of a log vary by so much around the time between its rows.
constexpr double kStampTolerance = 0.1;
// Energy per request that differs by more is that of another workload, most likely.
constexpr double kOtherWorkload = 3.0;
// Of a prediction from the data's own figure, relative.
constexpr double kFigureTolerance = 0.25;

using Concerns = std::vector<Concern>;

void refuse(Concerns& concerns, std::string text) {
  concerns.push_back({Gravity::kRefusal, std::move(text)});
}

void warn(Concerns& concerns, std::string text) {
  concerns.push_back({Gravity::kWarning, std::move(text)});
}

// Settings that were held for kHeldSpans spans in a row.
std::size_t held_settings(const std::vector<Transition>& transitions) {
  std::set<std::uint32_t> held;
  std::size_t spans = 0;
  for (std::size_t i = 0; i < transitions.size(); ++i) {
    const bool goes_on = i > 0 && transitions[i].action == transitions[i - 1].action &&
                         !transitions[i - 1].truncated && !transitions[i - 1].terminated;
    spans = goes_on ? spans + 1 : 1;
    if (spans >= kHeldSpans) held.insert(transitions[i].action);
  }
  return held.size();
}

void check_exploration(const TrainingSet& set, Concerns& concerns) {
  const auto drawn = static_cast<std::size_t>(
      std::count_if(set.transitions.begin(), set.transitions.end(),
                    [](const Transition& t) { return t.decided_by == DecidedBy::kRandom; }));
  const std::vector<std::uint8_t> allowed = action_space_of(set.knobs).mask(set.limits);
  const auto settings =
      static_cast<std::size_t>(std::count(allowed.begin(), allowed.end(), std::uint8_t{1}));
  const std::size_t held = held_settings(set.transitions);
  if (drawn >= kLeastRandomSpans || held >= std::min(kLeastSettings, settings)) return;
  refuse(concerns,
         fmt::format(
             "there is no exploration to learn from: {} of {} spans are under settings drawn at "
             "random, where {} are needed, and {} settings were held for {} spans in a row, where "
             "{} are needed; a log of the board's own governors says nothing of other settings. "
             "Simulate a log (flyball simulate --explore 0.2; flyball fit makes a workload of your "
             "measurements, flyball twin one of this log), or run flyballd explore on the board",
             drawn, set.transitions.size(), kLeastRandomSpans, held, kHeldSpans,
             std::min(kLeastSettings, settings)));
}

// Served requests, and what the limit counts of them.
struct Limited {
  double served = 0.0;
  double amount = 0.0;

  Limited& operator+=(const Limited& other) {
    served += other.served;
    amount += other.amount;
    return *this;
  }
};

// The least amount per request that a setting, or a stretch of the data, shows; absent where
// nothing served enough.
std::optional<double> best_shown(const ConstraintLimit& limit, const TrainingSet& set) {
  std::vector<Limited> settings(action_space_of(set.knobs).size());
  std::optional<double> best;
  const auto consider = [&best](const Limited& sum) {
    if (sum.served < kLeastRequests) return;
    const double figure = sum.amount / sum.served;
    if (!best || figure < *best) best = figure;
  };
  Limited window;
  std::size_t spans = 0;
  for (const Transition& t : set.transitions) {
    const SpanCost cost = t.cost();
    const bool latency = limit.kind == ConstraintKind::kLatency;
    const Limited shown{cost.served, latency ? cost.in_system_seconds : cost.missed};
    settings[t.action] += shown;
    window += shown;
    if (++spans < kWindowSpans) continue;
    consider(window);
    window = {};
    spans = 0;
  }
  for (const Limited& sum : settings) consider(sum);
  return best;
}

std::string text_of(ConstraintKind kind, double value) {
  return kind == ConstraintKind::kLatency ? fmt::format("a latency of {:.4g} s", value)
                                          : fmt::format("{:.4g} % missed", 100.0 * value);
}

void check_limit(const ObjectiveConfig& objective, const TrainingSet& set, Concerns& concerns) {
  if (!objective.constraint) return;
  const ConstraintLimit& limit = *objective.constraint;
  const double loosest = objective.limit_range ? objective.limit_range->high : limit.limit;
  const std::optional<double> best = best_shown(limit, set);
  if (best && *best > loosest) {
    refuse(concerns,
           fmt::format("nothing in the data keeps the limit: at most {} is asked for, "
                       "and no setting and no stretch of {} spans shows less than {}",
                       text_of(limit.kind, loosest), kWindowSpans, text_of(limit.kind, *best)));
  }
  if (limit.kind != ConstraintKind::kMissRate) return;
  const bool any = std::any_of(set.transitions.begin(), set.transitions.end(),
                               [](const Transition& t) { return t.cost().missed > 0.0; });
  if (any) return;
  warn(concerns,
       "no request of the data missed its deadline: the limit on misses was not learned "
       "(do the requests have deadlines?)");
}

void check_period(const TrainingSet& set, Concerns& concerns) {
  for (const DataSource& source : set.sources) {
    if (!source.row_seconds) continue;
    if (set.period_seconds >= *source.row_seconds * (1.0 - kStampTolerance)) continue;
    refuse(concerns, fmt::format("{}: its rows are {:.3g} s apart, which is longer than the "
                                 "decision period of {:g} s: raise period_seconds or record more "
                                 "often (tegrastats --interval)",
                                 source.name, *source.row_seconds, set.period_seconds));
  }
}

// What a setting draws is blurred where it is held for less than a reading's time.
void check_power(const TrainingSet& set, Concerns& concerns) {
  for (const DataSource& source : set.sources) {
    if (!source.power_seconds || source.power_is_spread) continue;
    if (set.period_seconds >= *source.power_seconds * (1.0 - kStampTolerance)) continue;
    warn(concerns, fmt::format("{}: power was read every {:.3g} s, more rarely than decisions are "
                               "made (every {:g} s), and too few times to tell what each row drew: "
                               "record for longer, or raise period_seconds",
                               source.name, *source.power_seconds, set.period_seconds));
  }
}

void check_workload(const TrainingSet& set, Concerns& concerns) {
  const DataSource* simulated = nullptr;
  const DataSource* cheapest = nullptr;
  const DataSource* dearest = nullptr;
  const auto joules = [](const DataSource* source) { return *source->joules_per_request; };
  for (const DataSource& source : set.sources) {
    if (!source.simulated_scenario.empty()) {
      if (simulated == nullptr) simulated = &source;
      if (source.simulated_scenario != simulated->simulated_scenario) {
        refuse(concerns, fmt::format("{} is of scenario {}, {} of {}: a policy learns one workload",
                                     simulated->name, simulated->simulated_scenario, source.name,
                                     source.simulated_scenario));
      }
    }
    if (!source.joules_per_request) continue;
    if (cheapest == nullptr || joules(&source) < joules(cheapest)) cheapest = &source;
    if (dearest == nullptr || joules(&source) > joules(dearest)) dearest = &source;
  }
  if (cheapest == nullptr || joules(dearest) <= kOtherWorkload * joules(cheapest)) return;
  warn(concerns, fmt::format("{} shows {:.3g} J per request under the residents, {} {:.3g} J: are "
                             "they of one workload?",
                             cheapest->name, joules(cheapest), dearest->name, joules(dearest)));
}

// What was measured is said plainly where it speaks against the policy.
void check_measured(const std::optional<ValidationFigures>& measured, Concerns& concerns) {
  if (!measured) return;
  if (!measured->feasible) {
    warn(concerns, fmt::format("measured, the policy does not keep its limits: {:.2f} % in time",
                               100.0 * measured->in_time_share));
  }
  if (measured->saving > 0.0) return;
  warn(concerns, fmt::format("measured, the policy costs {:.1f} % more energy than the stock "
                             "governors: leave the clocks to them, or train on a longer log",
                             -100.0 * measured->saving));
}

// Costs are at least 0, so nothing saves more than all; and no policy is of use that is predicted
// to cost more than the residents where these keep the limit themselves.
void check_saving(const ObjectiveConfig& objective, const PolicyEvidence& policy,
                  Concerns& concerns) {
  const TrainingEstimate& e = policy.estimate;
  const Gravity gravity = policy.is_measured ? Gravity::kWarning : Gravity::kRefusal;
  const char* whom = e.against_residents ? "residents" : "own decisions";
  if (e.policy_cost < 0.0 || e.saving() > 1.0) {
    concerns.push_back(
        {gravity, fmt::format("the networks predict {:.1f} % less cost per request than the "
                              "data's {}, which cannot be: the data do not carry what was learned",
                              100.0 * e.saving(), whom)});
  } else if (e.saving() < 0.0) {
    const bool kept =
        !e.behaviour_constraint || *e.behaviour_constraint <= objective.constraint->limit;
    concerns.push_back(
        {kept ? gravity : Gravity::kWarning,
         fmt::format("the networks predict {:.1f} % more cost per request than the data's {}{}",
                     -100.0 * e.saving(), whom,
                     kept ? "" : ", which do not keep the limit themselves")});
  }
}

void check_constraint(const ObjectiveConfig& objective, const PolicyEvidence& policy,
                      Concerns& concerns) {
  if (!policy.estimate.policy_constraint) return;
  const ConstraintLimit& limit = *objective.constraint;
  const double predicted = *policy.estimate.policy_constraint;
  const bool latency = limit.kind == ConstraintKind::kLatency;
  if (predicted < 0.0 || (!latency && predicted > 1.0)) {
    warn(concerns,
         fmt::format("the networks predict {}, which cannot be", text_of(limit.kind, predicted)));
  } else if (predicted > limit.limit) {
    warn(concerns, fmt::format("the networks predict {} where at most {} is asked for",
                               text_of(limit.kind, predicted), text_of(limit.kind, limit.limit)));
  }
  if (!policy.fitted) return;
  const Estimate& shown = latency ? policy.fitted->latency_seconds : policy.fitted->missed_share;
  const double slack = kFigureTolerance * std::max(shown.value, limit.limit);
  if (predicted >= shown.interval.low - slack && predicted <= shown.interval.high + slack) return;
  warn(concerns, fmt::format("the networks predict {}, the data say {} ({:.4g} .. {:.4g})",
                             text_of(limit.kind, predicted), text_of(limit.kind, shown.value),
                             shown.interval.low, shown.interval.high));
}

}  // namespace

std::vector<Concern> concerns_about_data(const TrainConfig& config, const TrainingSet& set) {
  Concerns concerns;
  if (set.rewards_only || set.transitions.empty()) return concerns;
  check_period(set, concerns);
  check_power(set, concerns);
  check_workload(set, concerns);
  check_exploration(set, concerns);
  check_limit(config.trainer.objective, set, concerns);
  return concerns;
}

std::vector<Concern> concerns_about_policy(const ObjectiveConfig& objective,
                                           const PolicyEvidence& policy) {
  Concerns concerns;
  check_measured(policy.measured, concerns);
  check_saving(objective, policy, concerns);
  check_constraint(objective, policy, concerns);
  return concerns;
}

std::vector<std::string> texts_of(const std::vector<Concern>& concerns, Gravity gravity) {
  std::vector<std::string> texts;
  for (const Concern& concern : concerns) {
    if (concern.gravity == gravity) texts.push_back(concern.text);
  }
  return texts;
}

}  // namespace flyball
