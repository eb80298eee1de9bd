#include "controllers/guard_report.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace flyball;

TEST_CASE("every cause has a name of its own") {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kGuardCauses; ++i) {
    names.insert(to_string(static_cast<GuardCause>(i)));
  }
  CHECK(names.size() == kGuardCauses);
  CHECK(!names.contains("unknown"));
}

TEST_CASE("reports add up, and nothing watched is no share") {
  CHECK(GuardReport{}.guarded_share() == 0.0);
  GuardReport one;
  one.seconds = 10.0;
  one.guarded_seconds[static_cast<std::size_t>(GuardCause::kQueue)] = 2.0;
  one.turns = 1;
  GuardReport two;
  two.seconds = 30.0;
  two.guarded_seconds[static_cast<std::size_t>(GuardCause::kMisses)] = 6.0;
  two.turns = 3;
  one += two;
  CHECK(one.turns == 4);
  CHECK(one.guarded_share() == doctest::Approx(0.2));
}
