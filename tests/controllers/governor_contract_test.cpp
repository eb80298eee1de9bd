#include "tests/contracts/governor_contract.h"

#include <doctest/doctest.h>

#include "controllers/exploring_governor.h"
#include "controllers/fine_tuning_governor.h"
#include "controllers/fixed_governor.h"
#include "controllers/frontier_governor.h"
#include "controllers/kernel_governors.h"
#include "controllers/learned_governor.h"
#include "controllers/queue_table_governor.h"
#include "controllers/random_governor.h"
#include "tests/support/fake_plant.h"
#include "tests/support/sample_policy.h"

using namespace flyball;

namespace {

GovernorScope scope_of(const PlantDescription& plant, const std::vector<std::size_t>& knobs) {
  return scope_over(plant, knobs);
}

// An exploring governor and what it is handed its policies by.
class ExploringAlone final : public Governor {
 public:
  ExploringAlone(const PolicyFile& file, std::span<const LevelRange> limits)
      : policies_(acting_by(file, limits)), governor_(file, policies_, {{0.5, 5.0}, 3}) {}

  std::string_view name() const override { return governor_.name(); }
  void reset(const GovernorScope& scope) override { governor_.reset(scope); }
  Decision decide(const GovernorInput& input) override { return governor_.decide(input); }
  Period period() const override { return governor_.period(); }

 private:
  static ActingPolicy acting_by(const PolicyFile& file, std::span<const LevelRange> limits) {
    ActingPolicy acting(file);
    acting.policy.set_limits(limits);
    acting.epsilon = 0.3;
    return acting;
  }

  Handover<ActingPolicy> policies_;
  ExploringGovernor governor_;
};

}  // namespace

TEST_CASE("every kernel governor keeps the governor contract on the domains it governs") {
  const FakePlant plant;
  for (const std::string& name : kernel_governor_names()) {
    for (const std::size_t knob : {0UL, 1UL}) {
      const DomainKind kind = plant.description().domains[knob].kind;
      if (!governs(name, kind)) continue;
      check_governor_contract({name + " on " + to_string(kind),
                               [name] { return make_kernel_governor(name); },
                               scope_of(plant.description(), {knob})});
    }
  }
}

TEST_CASE("the governor of fine-tuning keeps the contract on a plant that has its knob") {
  const FakePlant plant;
  PlantDescription tuned = plant.description();
  tuned.knobs.push_back({kFineTuningKnob, {0.0, 1.0, 2.0}, {}});
  tuned.limits.push_back({0, 2});
  const auto make = [] {
    FineTuningPlan plan;
    plan.knobs = {"gpu"};
    plan.rows = {{{0}, 0.04, 0.2, 1.0, 4.0, 4.0}, {{2}, 0.02, 0.1, 2.0, 9.0, 9.0}};
    return std::make_unique<FineTuningGovernor>(plan, FineTuningConfig{});
  };
  const std::size_t tuning = tuned.knobs.size() - 1;
  check_governor_contract({"fine-tuning", make, scope_of(tuned, {1, tuning}), false});
  tuned.limits[tuning] = {1, 1};
  check_governor_contract({"fine-tuning", make, scope_of(tuned, {1, tuning}), false});
}

TEST_CASE("every leasing governor keeps the governor contract") {
  const FakePlant plant;
  PlantDescription narrow = plant.description();
  narrow.limits = {{1, 2}, {0, 2}, {1, 3}};
  const auto make_fixed = [] {
    return std::make_unique<FixedGovernor>(std::map<std::string, double>{{"gpu", 3.9e8}});
  };
  const auto make_random = [] {
    RandomGovernorConfig config;
    config.hold_periods = 3;
    return std::make_unique<RandomGovernor>(config);
  };
  const auto make_table = [] {
    QueueTable table = {{0, {}}, {3, {}}};
    for (QueueTableRow& row : table) row.setting.resize(2);
    table[1].setting[0] = table[1].setting[1] = {2, 2};
    return std::make_unique<QueueTableGovernor>(table, 0.5);
  };
  const auto make_learned = [] { return std::make_unique<LearnedGovernor>(sample_policy()); };
  for (const PlantDescription& description : {plant.description(), narrow}) {
    const GovernorScope all = scope_of(description, {0, 1, 2});
    const GovernorScope board = scope_of(description, {0, 1});
    check_governor_contract({"fixed", make_fixed, all, false});
    check_governor_contract({"random", make_random, all, false});
    check_governor_contract({"learned", make_learned, board, false});
    check_governor_contract({"queue table", make_table, board, false});
    const auto make_frontier = [] { return std::make_unique<FrontierGovernor>(FrontierConfig{}); };
    check_governor_contract({"frontier", make_frontier, board, false});
    PolicyFile unbounded = sample_policy();
    unbounded.metadata.constraint->limit = 1e9;  // every setting keeps it
    const auto make_exploring = [&] {
      return std::make_unique<ExploringAlone>(unbounded, board.limits);
    };
    check_governor_contract({"exploring", make_exploring, board, false});
  }
}
