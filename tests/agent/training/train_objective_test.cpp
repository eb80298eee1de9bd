#include "agent/training/train_objective.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "agent/training/train_config.h"
#include "tests/support/error_text.h"

using namespace flyball;

namespace {

TrainConfig config_of(const TrainObjective& objective) {
  TrainConfig config;
  set_objective(config, objective);
  return config;
}

std::string refusal(const TrainObjective& objective) {
  CHECK_THROWS_AS(config_of(objective), std::invalid_argument);
  return error_text([&] { config_of(objective); });
}

TrainObjective with_latency_limit() {
  TrainObjective objective;
  objective.constraint = ConstraintChoice::kLatency;
  objective.limit_seconds = 0.2;
  return objective;
}

TrainObjective with_miss_limit() {
  TrainObjective objective;
  objective.constraint = ConstraintChoice::kMissRate;
  objective.limit_share = 0.05;
  return objective;
}

}  // namespace

TEST_CASE("nothing asked for is energy alone, without a limit, of saturated jobs") {
  const TrainConfig config = config_of({});
  const ObjectiveConfig& wanted = config.trainer.objective;
  CHECK(wanted.per_request);
  CHECK(wanted.reward.eta == 1.0);
  CHECK_FALSE(wanted.constraint.has_value());
  CHECK_FALSE(wanted.eta_range.has_value());
  CHECK(config.spans.credit == SpanCredit::kWholeBatches);
  CHECK_FALSE(config.references_given);
  CHECK_FALSE(config.spans.encoder.with_eta);
  CHECK_FALSE(config.spans.encoder.with_limit);
}

TEST_CASE("timed arrivals count by the period, not by the request") {
  TrainObjective objective;
  objective.credit = SpanCredit::kPeriod;
  objective.miss_penalty = 2.0;
  const TrainConfig config = config_of(objective);
  CHECK_FALSE(config.trainer.objective.per_request);
  CHECK(config.spans.credit == SpanCredit::kPeriod);
  CHECK(config.trainer.objective.reward.miss_penalty == 2.0);
}

TEST_CASE("a range of preferences or limits is what the policy is told of") {
  TrainObjective objective = with_latency_limit();
  objective.eta = 0.5;
  objective.eta_range = ServedRange{0.2, 0.8};
  objective.limit_range = ServedRange{0.1, 0.3};
  const TrainConfig config = config_of(objective);
  CHECK(config.spans.encoder.with_eta);
  CHECK(config.spans.encoder.eta == 0.5);
  CHECK(config.spans.encoder.with_limit);
  REQUIRE(config.trainer.objective.eta_range.has_value());
  CHECK(config.trainer.objective.eta_range->high == 0.8);
  REQUIRE(config.limit_range.has_value());
  CHECK(config.limit_range->low == 0.1);
  CHECK(config.trainer.objective.limit_range->low == 0.1);
}

TEST_CASE("a latency limit is seconds, or a factor until the residents' latency is known") {
  const TrainConfig seconds = config_of(with_latency_limit());
  REQUIRE(seconds.trainer.objective.constraint.has_value());
  CHECK(seconds.trainer.objective.constraint->kind == ConstraintKind::kLatency);
  CHECK(seconds.trainer.objective.constraint->limit == 0.2);
  CHECK_FALSE(seconds.limit_factor.has_value());
  TrainObjective relative = with_latency_limit();
  relative.limit_seconds.reset();
  relative.limit_factor = 1.4;
  const TrainConfig factor = config_of(relative);
  CHECK(factor.limit_factor == 1.4);
  CHECK(factor.trainer.objective.constraint->limit == 1.4);
}

TEST_CASE("a limit of misses is a share, with its margin, tolerance and rule") {
  TrainObjective objective = with_miss_limit();
  objective.margin = 0.9;
  objective.tolerance = 0.01;
  const TrainConfig masked = config_of(objective);
  const ConstraintLimit& limit = masked.trainer.objective.constraint.value();
  CHECK(limit.kind == ConstraintKind::kMissRate);
  CHECK(limit.limit == 0.05);
  CHECK(limit.margin == 0.9);
  CHECK(limit.tolerance == 0.01);
  CHECK_FALSE(limit.multiplier.has_value());
  objective.constraint_rule = ConstraintRule::kMultiplier;
  CHECK(config_of(objective).trainer.objective.constraint->multiplier == 0.0);
}

TEST_CASE("both references are given, or none") {
  TrainObjective objective;
  objective.energy_reference_joules = 2.0;
  CHECK(refusal(objective) == "objective.energy_reference_joules: give both references or none");
  objective.latency_reference_seconds = 0.1;
  const TrainConfig config = config_of(objective);
  CHECK(config.references_given);
  CHECK(config.trainer.objective.reward.energy_reference_joules == 2.0);
  CHECK(config.trainer.objective.reward.latency_reference_seconds == 0.1);
  objective.energy_reference_joules.reset();
  CHECK(refusal(objective) == "objective.latency_reference_seconds: give both references or none");
}

TEST_CASE("a constraint has the one limit that fits it") {
  TrainObjective none = with_latency_limit();
  none.limit_seconds.reset();
  CHECK(refusal(none) ==
        "objective.constraint: a latency limit needs limit_seconds or limit_factor");
  TrainObjective both = with_latency_limit();
  both.limit_factor = 1.4;
  const TrainConfig in_seconds = config_of(both);  // the factor does not count then
  CHECK_FALSE(in_seconds.limit_factor);
  CHECK(in_seconds.trainer.objective.constraint->limit == *both.limit_seconds);
  TrainObjective misses = with_miss_limit();
  misses.limit_share.reset();
  CHECK(refusal(misses) == "objective.limit_share: missing, as misses are limited");
  misses = with_miss_limit();
  misses.limit_seconds = 0.2;
  CHECK(refusal(misses) == "objective.limit_seconds: needs constraint = \"latency\"");
  TrainObjective latency = with_latency_limit();
  latency.limit_share = 0.05;
  CHECK(refusal(latency) == "objective.limit_share: needs constraint = \"miss_rate\"");
}

TEST_CASE("what belongs to a constraint is refused without one") {
  TrainObjective objective;
  objective.limit_seconds = 0.2;
  CHECK(refusal(objective) == "objective.limit_seconds: needs constraint = \"latency\"");
  objective = {};
  objective.limit_factor = 1.4;
  CHECK(refusal(objective) == "objective.limit_factor: needs constraint = \"latency\"");
  objective = {};
  objective.tolerance = 0.1;
  CHECK(refusal(objective) == "objective.tolerance: needs a constraint");
  objective = {};
  objective.limit_range = ServedRange{0.1, 0.2};
  CHECK(refusal(objective) == "objective.limit_range: needs a constraint");
  objective = {};
  objective.margin = 0.9;
  CHECK(refusal(objective) == "objective.margin: needs a constraint");
  objective = {};
  objective.constraint_rule = ConstraintRule::kMultiplier;
  CHECK(refusal(objective) == "objective.constraint_rule: needs a constraint");
}

TEST_CASE("what was set is what is read again") {
  TrainObjective objective = with_miss_limit();
  objective.credit = SpanCredit::kPeriod;
  objective.eta = 0.5;
  objective.eta_range = ServedRange{0.2, 0.8};
  objective.miss_penalty = 2.0;
  objective.energy_reference_joules = 2.0;
  objective.latency_reference_seconds = 0.1;
  objective.constraint_rule = ConstraintRule::kMultiplier;
  objective.limit_range = ServedRange{0.01, 0.1};
  objective.margin = 0.9;
  objective.tolerance = 0.01;
  const TrainObjective read = objective_of(config_of(objective));
  CHECK(read.credit == SpanCredit::kPeriod);
  CHECK(read.eta == 0.5);
  CHECK(read.eta_range->low == 0.2);
  CHECK(read.miss_penalty == 2.0);
  CHECK(read.energy_reference_joules == 2.0);
  CHECK(read.latency_reference_seconds == 0.1);
  CHECK(read.constraint == ConstraintChoice::kMissRate);
  CHECK(read.constraint_rule == ConstraintRule::kMultiplier);
  CHECK(read.limit_share == 0.05);
  CHECK_FALSE(read.limit_seconds.has_value());
  CHECK(read.limit_range->high == 0.1);
  CHECK(read.margin == 0.9);
  CHECK(read.tolerance == 0.01);
}

TEST_CASE("without references and a constraint none are read again") {
  const TrainObjective read = objective_of(config_of({}));
  CHECK_FALSE(read.energy_reference_joules.has_value());
  CHECK_FALSE(read.latency_reference_seconds.has_value());
  CHECK(read.constraint == ConstraintChoice::kNone);
  CHECK_FALSE(read.limit_share.has_value());
  const TrainObjective latency = objective_of(config_of(with_latency_limit()));
  CHECK(latency.constraint == ConstraintChoice::kLatency);
  CHECK(latency.limit_seconds == 0.2);
  CHECK_FALSE(latency.limit_share.has_value());
}

TEST_CASE("setting an objective leaves nothing of the one before") {
  TrainConfig config = config_of(with_latency_limit());
  set_objective(config, {});
  CHECK_FALSE(config.trainer.objective.constraint.has_value());
  TrainObjective ranged;
  ranged.eta_range = ServedRange{0.0, 1.0};
  set_objective(config, ranged);
  set_objective(config, {});
  CHECK_FALSE(config.spans.encoder.with_eta);
  CHECK_FALSE(config.trainer.objective.eta_range.has_value());
}
