#include "tests/contracts/governor_contract.h"

#include <doctest/doctest.h>

#include "controllers/fixed_governor.h"
#include "controllers/kernel_governors.h"
#include "controllers/learned_governor.h"
#include "controllers/random_governor.h"
#include "tests/policies/sample_policy.h"
#include "tests/support/fake_plant.h"

using namespace flyball;

namespace {

GovernorScope scope_over(const PlantDescription& plant, const std::vector<std::size_t>& knobs) {
  GovernorScope scope;
  scope.plant = &plant;
  for (const std::size_t k : knobs) {
    scope.knobs.push_back(plant.knobs[k]);
    scope.limits.push_back(plant.limits[k]);
  }
  return scope;
}

}  // namespace

TEST_CASE("every kernel governor keeps the governor contract on the domains it governs") {
  const FakePlant plant;
  for (const std::string& name : kernel_governor_names()) {
    for (const std::size_t knob : {0, 1}) {
      const DomainKind kind = plant.description().domains[knob].kind;
      if (!governs(name, kind)) continue;
      check_governor_contract({name + " on " + to_string(kind),
                               [name] { return make_kernel_governor(name); },
                               scope_over(plant.description(), {knob})});
    }
  }
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
  const auto make_learned = [] { return std::make_unique<LearnedGovernor>(sample_policy()); };
  for (const PlantDescription& description : {plant.description(), narrow}) {
    const GovernorScope all = scope_over(description, {0, 1, 2});
    const GovernorScope board = scope_over(description, {0, 1});
    check_governor_contract({"fixed", make_fixed, all, false});
    check_governor_contract({"random", make_random, all, false});
    check_governor_contract({"learned", make_learned, board, false});
  }
}
