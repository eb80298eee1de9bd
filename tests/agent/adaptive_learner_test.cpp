#include "agent/adaptive_learner.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/state_store.h"

using namespace flyball;

namespace {

constexpr double kPeriod = 1.0;
constexpr double kServed = 10.0;  // requests per span
constexpr double kJoules = 2.0;   // references: the residents' per request
constexpr double kLatency = 0.2;

// One GPU knob. Per request: energy and latency of each level.
const std::vector<double> kLevels = {1e8, 2e8, 3e8, 4e8};
const std::vector<double> kEnergies = {3.0, 0.4, 2.0, 3.5};
const std::vector<double> kLatencies = {0.5, 0.3, 0.2, 0.15};

double cost_at(std::size_t level) {
  return 0.5 * kEnergies[level] / kJoules + 0.5 * kLatencies[level] / kLatency;
}

// Predicts exactly the costs above, whatever it observes; level 0 is not supported.
PolicyFile start_policy() {
  PolicyFile file;
  PolicyMetadata& metadata = file.metadata;
  metadata.board = "test-board";
  metadata.knobs = {{"gpu", kLevels, false}};
  metadata.encoder.period_seconds = kPeriod;
  metadata.reward.eta = 0.5;
  metadata.reward.energy_reference_joules = kJoules;
  metadata.reward.latency_reference_seconds = kLatency;
  metadata.constraint = ConstraintLimit{ConstraintKind::kLatency, 0.32, 1.0};
  metadata.cost_output = {1.0, 0.5, false};
  metadata.constraint_output = {0.2, 0.1, false};
  metadata.support = {0, 1, 1, 1};
  const std::size_t inputs = observation_names(metadata).size();
  for (const std::string name : {"cost", "constraint"}) {
    Tensor hidden{{8, inputs}, std::vector<float>(8 * inputs)};
    for (std::size_t i = 0; i < hidden.values.size(); ++i) {
      hidden.values[i] = 0.1F * static_cast<float>(i % 7) - 0.3F;
    }
    file.tensors[name + ".0.weight"] = hidden;
    file.tensors[name + ".0.bias"] = {{8}, std::vector<float>(8, 0.1F)};
    file.tensors[name + ".1.weight"] = {{4, 8}, std::vector<float>(32, 0.0F)};
    Tensor& bias = file.tensors[name + ".1.bias"] = {{4}, std::vector<float>(4)};
    for (std::size_t a = 0; a < 4; ++a) {
      bias.values[a] = static_cast<float>(name == "cost" ? (cost_at(a) - 1.0) / 0.5
                                                         : (kLatencies[a] - 0.2) / 0.1);
    }
  }
  return file;
}

AdaptConfig quick_config() {
  AdaptConfig config;
  config.steps = 2;
  config.minibatch = 16;
  config.capacity = 500;
  config.relearn_seconds = 10.0 * kPeriod;
  config.relearn_epsilon = 0.45;
  config.limit_factor = 1.6;
  return config;
}

const std::vector<LevelRange> kAllLevels = {{0, 3}};

// A learner and the world that it sees: requests cost `energy` and `latency` times what the policy
// expects.
struct Bench {
  explicit Bench(const AdaptConfig& config = quick_config(),
                 const std::vector<LevelRange>& limits = kAllLevels)
      : learner(config, start_policy(), limits),
        observation_size(observation_names(start_policy().metadata).size()) {}

  SpanCost cost(std::size_t level) const {
    return {kPeriod, energy * kEnergies[level] * kServed, latency * kLatencies[level] * kServed,
            kServed, 0.0};
  }

  void decide(std::uint32_t level, int spans = 1, DecidedBy by = DecidedBy::kPolicy) {
    Transition transition;
    transition.observation.assign(observation_size, 0.25F);
    transition.next_observation = transition.observation;
    transition.action = level;
    transition.seconds = kPeriod;
    transition.after_effect = cost(level);
    transition.decided_by = by;
    for (int i = 0; i < spans; ++i) learner.observe({&transition, nullptr});
  }

  void leave_to_residents(const SpanCost& cost, int spans = 1) {
    for (int i = 0; i < spans; ++i) learner.observe({nullptr, &cost});
  }

  // Until the alarm; at most `spans`.
  int spans_to_alarm(std::uint32_t level, int spans = 20) {
    for (int i = 1; i <= spans; ++i) {
      decide(level);
      if (learner.phase() == AdaptPhase::kMeasuring) return i;
    }
    return spans + 1;
  }

  void relearn() {
    decide(2, 12);
    energy = latency = 3.0;
    REQUIRE(spans_to_alarm(2) <= 5);
    leave_to_residents(cost(2), 3);
    REQUIRE(learner.phase() == AdaptPhase::kRelearning);
  }

  double energy = 1.0;
  double latency = 1.0;
  AdaptiveLearner learner;
  std::size_t observation_size;
};

}  // namespace

TEST_CASE("as long as all comes as expected it learns and stays steady") {
  Bench bench;
  bench.decide(1, 20);
  bench.decide(2, 20);
  CHECK(bench.learner.phase() == AdaptPhase::kSteady);
  CHECK(bench.learner.changes() == 0);
  CHECK(bench.learner.spans() == 40);
  CHECK(bench.learner.steps() == 40 * 2);
  const ActingPolicy acting = bench.learner.acting();
  CHECK(acting.epsilon == quick_config().epsilon);
  CHECK_FALSE(acting.residents_decide);
  CHECK(*acting.constraint_bound == doctest::Approx(1.05 * 0.32));
}

TEST_CASE("a dearer or a slower workload raises the alarm after three surprising spans") {
  Bench bench;
  bench.decide(2, 12);
  SUBCASE("energy") { bench.energy = 3.0; }
  SUBCASE("latency") { bench.latency = 3.0; }
  CHECK(bench.spans_to_alarm(2) == 3);
  CHECK(bench.learner.changes() == 1);
  CHECK(bench.learner.acting().residents_decide);
}

TEST_CASE("what was tried at random raises no alarm, but is learned from") {
  Bench bench;
  bench.decide(2, 12);
  bench.energy = 3.0;
  bench.decide(1, 20, DecidedBy::kRandom);
  CHECK(bench.learner.phase() == AdaptPhase::kSteady);
  CHECK(bench.learner.steps() == 32 * 2);
}

TEST_CASE("while measuring nothing is learned and only whole stretches of the residents count") {
  Bench bench;
  bench.decide(2, 12);
  bench.energy = bench.latency = 3.0;
  REQUIRE(bench.spans_to_alarm(2) == 3);
  const std::uint64_t steps = bench.learner.steps();
  const SpanCost settling{kPeriod, 1e6, 1e6, kServed, 0.0};
  bench.leave_to_residents(settling);  // the clocks settle: not counted
  bench.leave_to_residents(bench.cost(2));
  bench.decide(2);  // a decision from before the alarm comes in late
  bench.leave_to_residents(settling);
  CHECK(bench.learner.phase() == AdaptPhase::kMeasuring);
  bench.leave_to_residents(bench.cost(2), 2);
  CHECK(bench.learner.phase() == AdaptPhase::kRelearning);
  CHECK(bench.learner.steps() == steps);
  const ObjectiveConfig& objective = bench.learner.objective();
  CHECK(objective.reward.energy_reference_joules == doctest::Approx(3.0 * kEnergies[2]));
  CHECK(objective.reward.latency_reference_seconds == doctest::Approx(3.0 * kLatencies[2]));
  CHECK(objective.constraint->limit == doctest::Approx(1.6 * 3.0 * kLatencies[2]));
}

TEST_CASE("without a factor the latency limit stays what it was") {
  AdaptConfig config = quick_config();
  config.limit_factor.reset();
  Bench bench(config);
  bench.relearn();
  CHECK(bench.learner.objective().constraint->limit == 0.32);
}

TEST_CASE("after a change the old predictions hold in the units of the new references") {
  Bench bench;
  bench.relearn();
  const PolicyFile changed = bench.learner.policy("test");
  // Everything is three times as slow: the same curve, in seconds of now.
  CHECK(changed.metadata.constraint_output.offset == doctest::Approx(3.0 * 0.2));
  CHECK(changed.metadata.constraint_output.scale == doctest::Approx(3.0 * 0.1));
  DensePolicy policy(changed);
  const std::vector<float> observation(bench.observation_size, 0.25F);
  CHECK(policy.decide(observation) == 1);  // the cheapest within 1.6 times the residents' latency
  CHECK(*policy.predicted(1).constraint == doctest::Approx(3.0 * kLatencies[1]).epsilon(0.1));
  CHECK(policy.predicted(1).cost == doctest::Approx(cost_at(1)).epsilon(0.1));
}

TEST_CASE("exploration is raised after a change and falls back to its share in the end") {
  Bench bench;
  bench.relearn();
  CHECK(bench.learner.acting().epsilon == doctest::Approx(0.45));
  bench.decide(2, 5);
  CHECK(bench.learner.acting().epsilon == doctest::Approx(0.05 + 0.5 * 0.40));
  bench.decide(2, 4);
  CHECK(bench.learner.phase() == AdaptPhase::kRelearning);
  bench.decide(2);
  CHECK(bench.learner.phase() == AdaptPhase::kSteady);
  CHECK(bench.learner.acting().epsilon == doctest::Approx(0.05));
  CHECK(bench.learner.changes() == 1);
}

TEST_CASE("a second change is noticed as the first was") {
  Bench bench;
  bench.relearn();
  bench.decide(2, 10);
  REQUIRE(bench.learner.phase() == AdaptPhase::kSteady);
  bench.decide(2, 12);
  bench.energy = bench.latency = 9.0;
  CHECK(bench.spans_to_alarm(2) <= 5);
  CHECK(bench.learner.changes() == 2);
}

TEST_CASE("what was taken lets its neighbours be tried, inside the board's limits only") {
  Bench bench(quick_config(), {{1, 3}});
  CHECK(bench.learner.supported() == 3);
  bench.decide(1);
  CHECK(bench.learner.supported() == 3);  // level 0 lies outside
  Bench wide;
  CHECK(wide.learner.supported() == 3);
  wide.decide(2);
  CHECK(wide.learner.supported() == 3);
  wide.decide(1);
  CHECK(wide.learner.supported() == 4);
  CHECK(wide.learner.policy("test").metadata.support == std::vector<std::uint8_t>{1, 1, 1, 1});
}

TEST_CASE("a span with nothing in it teaches nothing") {
  Bench bench;
  bench.learner.observe({nullptr, nullptr});
  bench.leave_to_residents(bench.cost(2));
  CHECK(bench.learner.spans() == 2);
  CHECK(bench.learner.steps() == 0);
  CHECK(bench.learner.phase() == AdaptPhase::kSteady);
}

TEST_CASE("it learns that another setting has become the cheapest") {
  AdaptConfig config = quick_config();
  config.steps = 50;
  config.learning_rate = 1e-2;
  config.change.threshold = 1e9;  // no alarm: by learning alone
  config.steady = {8.0, 10.0};
  Bench bench(config);
  const std::vector<float> observation(bench.observation_size, 0.25F);
  bench.decide(2);
  REQUIRE(DensePolicy(bench.learner.policy("test")).decide(observation) == 1);
  for (int i = 0; i < 40; ++i) {
    bench.energy = 4.0;
    bench.decide(1);  // has become dear
    bench.energy = 1.0;
    bench.decide(2);
  }
  CHECK(DensePolicy(bench.learner.policy("test")).decide(observation) == 2);
}

TEST_CASE("saved in any phase and restored it goes on to the same bits") {
  const auto reach = [](Bench& bench, AdaptPhase phase) {
    bench.decide(1, 3);
    bench.decide(2, 12);
    if (phase == AdaptPhase::kSteady) return;
    bench.energy = bench.latency = 3.0;
    REQUIRE(bench.spans_to_alarm(2) <= 5);
    bench.leave_to_residents(bench.cost(2), 2);
    if (phase == AdaptPhase::kMeasuring) return;
    bench.leave_to_residents(bench.cost(2));
    bench.decide(3, 2);
  };
  const auto go_on = [](Bench& bench) {
    bench.leave_to_residents(bench.cost(2), 2);
    bench.decide(2, 15);
  };
  for (const AdaptPhase phase :
       {AdaptPhase::kSteady, AdaptPhase::kMeasuring, AdaptPhase::kRelearning}) {
    CAPTURE(to_string(phase));
    Bench bench;
    reach(bench, phase);
    REQUIRE(bench.learner.phase() == phase);
    StateStore store;
    StoreSaver saver(store);
    bench.learner.visit_state(saver);
    Bench resumed;
    resumed.energy = bench.energy;
    resumed.latency = bench.latency;
    StoreRestorer restorer(store);
    resumed.learner.visit_state(restorer);
    CHECK(resumed.learner.phase() == phase);
    CHECK(resumed.learner.changes() == bench.learner.changes());
    CHECK(policy_checksum(resumed.learner.policy("test")) ==
          policy_checksum(bench.learner.policy("test")));
    go_on(bench);
    go_on(resumed);
    CHECK(resumed.learner.phase() == bench.learner.phase());
    CHECK(resumed.learner.acting().epsilon == bench.learner.acting().epsilon);
    CHECK(policy_checksum(resumed.learner.policy("test")) ==
          policy_checksum(bench.learner.policy("test")));
  }
}

TEST_CASE("policies that cannot be gone on with, and wrong settings, are refused by name") {
  const auto refusal = [](const PolicyFile& file, const AdaptConfig& config = quick_config()) {
    try {
      const AdaptiveLearner learner(config, file, kAllLevels);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refusal(start_policy()).empty());
  PolicyFile logarithmic = start_policy();
  logarithmic.metadata.cost_output.exponential = true;
  CHECK(refusal(logarithmic) ==
        "the policy's cost is learned on logarithms, which cannot be gone on with");
  PolicyFile several = start_policy();
  several.metadata.members = 3;
  CHECK(refusal(several) ==
        "the policy has 3 networks per value, which cannot be gone on with: train with "
        "network.members = 1");
  PolicyFile latency_only = start_policy();
  latency_only.metadata.reward.eta = 0.0;
  CHECK(refusal(latency_only).find("eta = 0: adapting needs a policy that predicts energy") == 0);
  AdaptConfig config = quick_config();
  config.relearn_epsilon = 1.5;
  CHECK(refusal(start_policy(), config) == "adapt.relearn_epsilon = 1.5: must be in [0, 1]");
}
