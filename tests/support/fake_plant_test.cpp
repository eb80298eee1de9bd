#include "tests/support/fake_plant.h"

#include <doctest/doctest.h>

#include "tests/contracts/plant_contract.h"

using namespace flyball;

TEST_CASE("the scripted plant is a plant") {
  PlantContract contract;
  contract.make = [](std::uint64_t) { return std::make_unique<FakePlant>(); };
  contract.check_all();
}
