#include "policies/exploration.h"

#include <doctest/doctest.h>

#include <map>
#include <stdexcept>
#include <vector>

using namespace flyball;

TEST_CASE("epsilon falls linearly and then stays") {
  const LinearSchedule schedule{1.0, 0.1, 100};
  CHECK(schedule.at(0) == 1.0);
  CHECK(schedule.at(50) == doctest::Approx(0.55));
  CHECK(schedule.at(100) == 0.1);
  CHECK(schedule.at(1000000) == 0.1);
  CHECK(LinearSchedule{1.0, 0.1, 0}.at(0) == 0.1);
  CHECK_THROWS_WITH_AS(validate(LinearSchedule{1.5, 0.1, 1}),
                       "exploration.start = 1.5: must be in [0, 1]", std::invalid_argument);
}

TEST_CASE("without epsilon the greedy action is certain") {
  std::mt19937_64 random(1);
  const std::vector<std::uint32_t> allowed = {2, 5, 9};
  const ExploredAction choice = explore(5, allowed, 0.0, random);
  CHECK(choice.action == 5);
  CHECK_FALSE(choice.explored);
  CHECK(choice.probability == 1.0);
}

TEST_CASE("every allowed action is as frequent as its stated probability, no other occurs") {
  std::mt19937_64 random(2);
  const std::vector<std::uint32_t> allowed = {2, 5, 9};
  std::map<std::size_t, int> counts;
  std::map<std::size_t, double> probabilities;
  const int draws = 30000;
  for (int i = 0; i < draws; ++i) {
    const ExploredAction choice = explore(5, allowed, 0.3, random);
    ++counts[choice.action];
    probabilities[choice.action] = choice.probability;
  }
  CHECK(counts.size() == 3);
  CHECK(probabilities[2] == doctest::Approx(0.1));
  CHECK(probabilities[5] == doctest::Approx(0.8));
  for (const auto& [action, count] : counts) {
    // 5 standard deviations of a share of 30,000 draws are at most 0.0145.
    CHECK(std::abs(count / static_cast<double>(draws) - probabilities[action]) < 0.0145);
  }
}

TEST_CASE("the same seed explores the same") {
  const std::vector<std::uint32_t> allowed = {0, 1, 2, 3};
  std::mt19937_64 a(3);
  std::mt19937_64 b(3);
  for (int i = 0; i < 100; ++i) {
    CHECK(explore(0, allowed, 0.5, a).action == explore(0, allowed, 0.5, b).action);
  }
}
