#include "agent/training/training_concerns.h"

#include <doctest/doctest.h>

using namespace flyball;

namespace {

// Spans of a second of a GPU with twelve levels; level a takes (12 - a) / 10 s per request.
TrainingSet set_of(std::size_t spans, DecidedBy by, std::uint32_t levels, std::size_t held = 1) {
  TrainingSet set;
  Knob gpu;
  gpu.name = "gpu";
  for (int level = 1; level <= 12; ++level) gpu.levels.push_back(1e8 * level);
  set.knobs = {gpu};
  set.limits = {{0, 11}};
  for (std::size_t i = 0; i < spans; ++i) {
    Transition t;
    t.action = static_cast<std::uint32_t>(i / held) % levels;
    t.decided_by = by;
    t.seconds = 1.0;
    t.after_effect = {1.0, 5.0, 0.1 * (12.0 - t.action), 1.0, 0.0};
    set.transitions.push_back(t);
  }
  return set;
}

bool refuses(const std::vector<Concern>& concerns, const std::string& what) {
  for (const std::string& text : texts_of(concerns, Gravity::kRefusal)) {
    if (text.find(what) != std::string::npos) return true;
  }
  return false;
}

bool warns(const std::vector<Concern>& concerns, const std::string& what) {
  for (const std::string& text : texts_of(concerns, Gravity::kWarning)) {
    if (text.find(what) != std::string::npos) return true;
  }
  return false;
}

bool lacks_exploration(const TrainingSet& set) {
  return refuses(concerns_about_data({}, set), "no exploration");
}

PolicyEvidence policy_of(double behaviour, double predicted) {
  PolicyEvidence policy;
  policy.estimate.behaviour_cost = behaviour;
  policy.estimate.policy_cost = predicted;
  return policy;
}

}  // namespace

TEST_CASE("a dozen spans under settings drawn at random are exploration, and fewer are not") {
  CHECK(lacks_exploration(set_of(kLeastRandomSpans - 1, DecidedBy::kRandom, 12)));
  CHECK_FALSE(lacks_exploration(set_of(kLeastRandomSpans, DecidedBy::kRandom, 12)));
  CHECK(lacks_exploration(set_of(1000, DecidedBy::kResident, 12)));
  CHECK(concerns_about_data({}, set_of(11, DecidedBy::kRandom, 12))[0].text.find(
            "11 of 11 spans are under settings drawn at random, where 12 are needed") !=
        std::string::npos);
}

TEST_CASE("eight settings held in turn are exploration, or all where there are fewer") {
  CHECK(lacks_exploration(set_of(200, DecidedBy::kResident, 7, kHeldSpans)));
  CHECK_FALSE(lacks_exploration(set_of(200, DecidedBy::kResident, 8, kHeldSpans)));
  CHECK(lacks_exploration(set_of(200, DecidedBy::kResident, 8, kHeldSpans - 1)));
  TrainingSet few = set_of(200, DecidedBy::kResident, 3, kHeldSpans);
  few.limits = {{0, 2}};
  CHECK_FALSE(lacks_exploration(few));
}

TEST_CASE("a setting that a gap parts is not held on") {
  TrainingSet set = set_of(200, DecidedBy::kResident, 8, kHeldSpans);
  for (std::size_t i = 4; i < set.transitions.size(); i += 5) set.transitions[i].truncated = true;
  CHECK(lacks_exploration(set));
}

TEST_CASE("another program's rewards and an empty set raise no concern") {
  TrainingSet set = set_of(10, DecidedBy::kResident, 1);
  set.rewards_only = true;
  CHECK(concerns_about_data({}, set).empty());
  CHECK(concerns_about_data({}, {}).empty());
}

TEST_CASE("a limit is refused where no setting and no stretch of the data keeps it") {
  const TrainingSet set = set_of(300, DecidedBy::kRandom, 12);
  TrainConfig config;
  ObjectiveConfig& objective = config.trainer.objective;
  objective.constraint = ConstraintLimit{ConstraintKind::kLatency, 0.11, 0.99};
  CHECK(concerns_about_data(config, set).empty());  // the highest level takes 0.1 s
  objective.constraint->limit = 0.09;
  CHECK(refuses(concerns_about_data(config, set), "at most a latency of 0.09 s is asked for"));
  objective.limit_range = ServedRange{0.05, 0.2};
  CHECK(concerns_about_data(config, set).empty());
}

TEST_CASE("a limit on misses that the data never came near is warned about") {
  TrainingSet set = set_of(300, DecidedBy::kRandom, 12);
  TrainConfig config;
  config.trainer.objective.constraint = ConstraintLimit{ConstraintKind::kMissRate, 0.01, 0.5};
  CHECK(warns(concerns_about_data(config, set), "no request of the data missed its deadline"));
  for (Transition& t : set.transitions) t.after_effect.missed = t.action < 6 ? 1.0 : 0.0;
  CHECK(concerns_about_data(config, set).empty());  // the upper levels keep it
  for (Transition& t : set.transitions) t.after_effect.missed = 0.2;
  CHECK(refuses(concerns_about_data(config, set), "shows less than 20 % missed"));
}

TEST_CASE("a decision period shorter than the log's rows is refused, naming the log") {
  TrainingSet set = set_of(300, DecidedBy::kRandom, 12);
  set.period_seconds = 0.2;
  set.sources = {{"a.csv", "", 0.21, {}}};
  CHECK(concerns_about_data({}, set).empty());  // stamps vary
  set.sources[0].row_seconds = 0.225;
  CHECK(refuses(concerns_about_data({}, set), "a.csv: its rows are 0.225 s apart"));
}

TEST_CASE(
    "power that is read more rarely than is decided is warned of, unless it could be spread") {
  TrainingSet set = set_of(300, DecidedBy::kRandom, 12);
  set.period_seconds = 0.2;
  set.sources = {{"a.csv", "", 0.1, {}, 0.21, false}};
  CHECK(concerns_about_data({}, set).empty());  // stamps vary
  set.sources[0].power_seconds = 0.5;
  CHECK(warns(
      concerns_about_data({}, set),
      "a.csv: power was read every 0.5 s, more rarely than decisions are made (every 0.2 s)"));
  set.sources[0].power_is_spread = true;
  CHECK(concerns_about_data({}, set).empty());
}

TEST_CASE("simulated logs of two scenarios are refused, logs of unlike cost are asked about") {
  TrainingSet set = set_of(300, DecidedBy::kRandom, 12);
  set.sources = {{"a.csv", "quickstart", {}, 1.0}, {"b.csv", "quickstart", {}, 2.9}};
  CHECK(concerns_about_data({}, set).empty());
  set.sources[1].joules_per_request = 3.1;
  CHECK(warns(concerns_about_data({}, set), "are they of one workload?"));
  set.sources[1].simulated_scenario = "cameras";
  CHECK(refuses(concerns_about_data({}, set), "a.csv is of scenario quickstart, b.csv of cameras"));
}

TEST_CASE("a policy that saves more than all, or costs more than the residents, is refused") {
  CHECK(concerns_about_policy({}, policy_of(1.0, 0.7)).empty());
  CHECK(refuses(concerns_about_policy({}, policy_of(1.0, -0.1)), "110.0 % less cost"));
  CHECK(refuses(concerns_about_policy({}, policy_of(1.0, 1.2)), "20.0 % more cost"));
  PolicyEvidence measured = policy_of(1.0, -0.1);
  measured.is_measured = true;
  CHECK(warns(concerns_about_policy({}, measured), "110.0 % less cost"));
}

TEST_CASE("a policy may cost more than residents that do not keep the limit") {
  ObjectiveConfig objective;
  objective.constraint = ConstraintLimit{ConstraintKind::kLatency, 0.5, 0.99};
  PolicyEvidence policy = policy_of(1.0, 1.2);
  policy.estimate.behaviour_constraint = 0.6;
  policy.estimate.policy_constraint = 0.4;
  CHECK(warns(concerns_about_policy(objective, policy), "do not keep the limit themselves"));
  policy.estimate.behaviour_constraint = 0.4;
  CHECK(refuses(concerns_about_policy(objective, policy), "20.0 % more cost"));
}

TEST_CASE("predicted constraints that cannot be, break the limit or are not the data's are said") {
  ObjectiveConfig objective;
  objective.constraint = ConstraintLimit{ConstraintKind::kLatency, 0.5, 0.99};
  PolicyEvidence policy = policy_of(1.0, 0.8);
  policy.estimate.behaviour_constraint = 0.4;
  policy.estimate.policy_constraint = 0.45;
  CHECK(concerns_about_policy(objective, policy).empty());
  policy.fitted = RequestFigures{};
  policy.fitted->latency_seconds = {0.46, {0.44, 0.48}};
  CHECK(concerns_about_policy(objective, policy).empty());
  policy.fitted->latency_seconds = {0.9, {0.8, 1.0}};
  CHECK(warns(concerns_about_policy(objective, policy),
              "the networks predict a latency of 0.45 s, the data say a latency of 0.9 s"));
  policy.fitted.reset();
  policy.estimate.policy_constraint = 0.6;
  CHECK(warns(concerns_about_policy(objective, policy), "where at most a latency of 0.5 s"));
  policy.estimate.policy_constraint = -0.1;
  CHECK(warns(concerns_about_policy(objective, policy), "which cannot be"));
}

TEST_CASE("what was measured warns where the limits are not kept, or nothing is saved") {
  PolicyEvidence policy;
  policy.is_measured = true;
  policy.measured = ValidationFigures{0.1, 0.2, 0.995, true};
  const auto texts = [&] {
    const ObjectiveConfig objective;
    const auto concerns = concerns_about_policy(objective, policy);
    CHECK(texts_of(concerns, Gravity::kRefusal).empty());
    return texts_of(concerns, Gravity::kWarning);
  };
  const std::size_t before = texts().size();
  policy.measured->saving = -0.007;
  REQUIRE(texts().size() == before + 1);
  CHECK(texts()[0].starts_with("measured, the policy costs 0.7 % more energy than the stock"));
  policy.measured->feasible = false;
  REQUIRE(texts().size() == before + 2);
  CHECK(texts()[0] == "measured, the policy does not keep its limits: 99.50 % in time");
}
