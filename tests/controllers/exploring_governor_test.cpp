#include "controllers/exploring_governor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "tests/controllers/sample_plant.h"
#include "tests/support/allocation_counter.h"
#include "tests/support/sample_policy.h"
#include "tests/support/state_store.h"

using namespace flyball;

namespace {

Telemetry telemetry_at(double time_seconds) {
  Telemetry telemetry;
  telemetry.time_seconds = time_seconds;
  telemetry.domains.refill(time_seconds) = {{2e8, 2e8, 1e8, 3e8, 0.5, std::nullopt},
                                            {4e8, 4e8, 2e8, 4e8, 0.5, time_seconds / 2.0}};
  telemetry.cpus.refill(time_seconds) = {{true, time_seconds / 2.0, time_seconds / 2.0, 0.0},
                                         {true, 0.0, time_seconds, 0.0}};
  return telemetry;
}

// A policy that supports some of the settings, with a limit that never binds unless given.
PolicyFile policy_with(std::vector<std::uint8_t> support, double limit = 1e9) {
  PolicyFile file = sample_policy();
  file.metadata.support = std::move(support);
  file.metadata.constraint->limit = limit;
  return file;
}

ActingPolicy acting_by(const PolicyFile& file, const PlantDescription& plant, double epsilon) {
  ActingPolicy acting(file);
  acting.policy.set_limits(plant.limits);
  acting.epsilon = epsilon;
  return acting;
}

struct Bench {
  Bench(const PolicyFile& file, double epsilon, const TimeBudgetConfig& budget)
      : policies(acting_by(file, plant, epsilon)), governor(file, policies, {budget, 5}) {
    governor.reset({&plant, plant.knobs, plant.limits});
  }
  Decision decide() { return governor.decide({telemetry_at(0.5 * ++decisions)}); }

  PlantDescription plant = sample_plant();
  Handover<ActingPolicy> policies;
  ExploringGovernor governor;
  int decisions = 0;
};

constexpr TimeBudgetConfig kUnlimited{1.0, 1e9};

}  // namespace

TEST_CASE("only supported settings inside the board's limits are ever chosen") {
  // Of 3 x 4 settings; the limits leave GPU levels 1 and 2.
  Bench bench(policy_with({1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1}), 1.0, kUnlimited);
  std::vector<int> chosen(12, 0);
  for (int i = 0; i < 300; ++i) {
    const Setting setting = bench.decide().setting;
    REQUIRE(setting[0].is_pinned());
    REQUIRE(setting[1].is_pinned());
    ++chosen[setting[0].floor * 4U + setting[1].floor];
  }
  for (std::size_t a = 0; a < 12; ++a) {
    CAPTURE(a);
    CHECK((chosen[a] > 0) == (a == 1 || a == 5 || a == 10));
  }
}

TEST_CASE("nothing is tried whose predicted constraint is above the bound") {
  const PolicyFile file = policy_with(std::vector<std::uint8_t>(12, 1));
  Bench bench(file, 1.0, kUnlimited);
  (void)bench.decide();
  DensePolicy& policy = bench.policies.current().policy;
  double lowest = 1e9;
  double highest = 0.0;
  for (const std::uint32_t action : policy.allowed()) {
    const double predicted = *policy.predicted(action).constraint;
    lowest = std::min(lowest, predicted);
    highest = std::max(highest, predicted);
  }
  const double bound = std::sqrt(lowest * highest);
  REQUIRE(bound < highest);
  bench.policies.next() = acting_by(file, bench.plant, 1.0);
  bench.policies.next().constraint_bound = bound;
  bench.policies.publish();
  int random = 0;
  for (int i = 0; i < 200; ++i) {
    const Decision decision = bench.decide();
    if (decision.decided_by != DecidedBy::kRandom) continue;
    ++random;
    const std::size_t action = decision.setting[0].floor * 4U + decision.setting[1].floor;
    CHECK(*bench.policies.current().policy.predicted(action).constraint <= bound);
  }
  CHECK(random > 150);
}

TEST_CASE("exploration takes no more of the time than its budget grants") {
  // Periods of 0.5 s: 2 s at once, then a tenth.
  Bench bench(policy_with(std::vector<std::uint8_t>(12, 1)), 1.0, {0.1, 2.0});
  double explored_seconds = 0.0;
  for (int i = 1; i <= 1000; ++i) {
    if (bench.decide().decided_by == DecidedBy::kRandom) explored_seconds += 0.5;
    CHECK(explored_seconds <= 2.0 + 0.1 * 0.5 * i + 1e-9);
  }
  CHECK(explored_seconds > 45.0);
}

TEST_CASE("where the learner is uncertain, or nothing keeps the limit, the residents decide") {
  const PlantDescription plant = sample_plant();
  const PolicyFile file = policy_with(std::vector<std::uint8_t>(12, 1));
  Bench bench(file, 0.0, kUnlimited);
  CHECK(bench.decide().setting[0].is_pinned());
  bench.policies.next() = acting_by(file, plant, 0.5);
  bench.policies.next().residents_decide = true;
  bench.policies.publish();
  const auto check_left_to_residents = [&] {
    const Decision decision = bench.decide();
    CHECK(decision.setting[1] == plant.limits[1]);
    CHECK(decision.decided_by == DecidedBy::kResident);
  };
  check_left_to_residents();
  bench.policies.next() =
      acting_by(policy_with(std::vector<std::uint8_t>(12, 1), 1e-9), plant, 0.5);
  bench.policies.publish();
  check_left_to_residents();
}

TEST_CASE("a decision allocates nothing, with a new policy handed over or not") {
  const PolicyFile file = policy_with(std::vector<std::uint8_t>(12, 1));
  Bench bench(file, 0.5, kUnlimited);
  (void)bench.decide();
  const Telemetry telemetry = telemetry_at(100.0);
  for (int i = 0; i < 20; ++i) {
    if (i % 3 == 0) {
      bench.policies.next() = acting_by(file, bench.plant, 0.5);
      bench.policies.publish();
    }
    const std::size_t before = allocation_count();
    (void)bench.governor.decide({telemetry});
    CHECK(allocation_count() == before);
  }
}

TEST_CASE("played back, it decides as before, and then goes on as if never stopped") {
  const PolicyFile file = policy_with(std::vector<std::uint8_t>(12, 1));
  Bench first(file, 0.5, kUnlimited);
  Bench second(file, 0.5, kUnlimited);
  std::vector<PastDecision> decisions;
  for (int i = 0; i < 20; ++i) {
    const Decision decision = first.decide();
    decisions.push_back({decision.decided_by, decision.setting});
  }
  second.governor.play_back(decisions);
  for (const PastDecision& decision : decisions) {
    const Decision again = second.decide();
    CHECK(again.setting == decision.setting);
    CHECK(again.decided_by == decision.by);
  }
  StateStore store;
  StoreSaver saver(store);
  first.governor.visit_state(saver);
  StoreRestorer restorer(store);
  second.governor.visit_state(restorer);
  for (int i = 0; i < 50; ++i) CHECK(second.decide().setting == first.decide().setting);
}

TEST_CASE("reset begins exploration again, told what it had come to, it goes on") {
  const PolicyFile file = policy_with(std::vector<std::uint8_t>(12, 1));
  Bench bench(file, 1.0, {0.0, 4.0});  // a budget for 8 decisions, never refilled
  const auto count_random = [&] {
    int random = 0;
    for (int i = 0; i < 20; ++i) random += bench.decide().decided_by == DecidedBy::kRandom ? 1 : 0;
    return random;
  };
  const int afresh = count_random();
  CHECK(afresh == 8);
  CHECK(count_random() == 0);
  const Exploration spent = bench.governor.exploration();
  bench.governor.reset({&bench.plant, bench.plant.knobs, bench.plant.limits});
  CHECK(count_random() == afresh);
  bench.governor.reset({&bench.plant, bench.plant.knobs, bench.plant.limits});
  bench.governor.set_exploration(spent);
  CHECK(count_random() == 0);
}

TEST_CASE("an exploring governor's error names the key") {
  const PolicyFile file = sample_policy();
  Handover<ActingPolicy> policies{ActingPolicy(file)};
  CHECK_THROWS_WITH_AS(ExploringGovernor(file, policies, {{1.5, 60.0}, 0}),
                       "explore_share = 1.5: must be in [0, 1]", std::invalid_argument);
}
