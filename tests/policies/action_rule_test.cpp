#include "policies/action_rule.h"

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <vector>

using namespace flyball;

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// The rule as one would say it, an action at a time.
ChosenAction spoken(const std::vector<float>& costs, const std::vector<float>& constraints,
                    const std::vector<std::uint32_t>& allowed, const ActionRule& rule) {
  const auto cost = [&](std::size_t a) { return rule.cost_sign * costs[a]; };
  const auto constraint = [&](std::size_t a) { return rule.constraint_sign * constraints[a]; };
  const auto first_lowest = [&](const auto& score,
                                const auto& may_be) -> std::optional<std::size_t> {
    std::optional<std::size_t> best;
    for (const std::size_t a : allowed) {
      if (may_be(a) && (!best || score(a) < score(*best))) best = a;
    }
    return best;
  };
  const auto any = [](std::size_t) { return true; };
  if (constraints.empty()) return {*first_lowest(cost, any), true};
  const std::size_t safest = *first_lowest(constraint, any);
  const bool is_feasible = constraint(safest) <= rule.limit;
  if (rule.multiplier) {
    const auto price = [&](std::size_t a) { return cost(a) + *rule.multiplier * constraints[a]; };
    return {*first_lowest(price, any), is_feasible};
  }
  const float limit = rule.tolerance ? constraint(safest) + *rule.tolerance : rule.limit;
  const auto kept = first_lowest(cost, [&](std::size_t a) { return constraint(a) <= limit; });
  return {kept.value_or(safest), is_feasible};
}

// Arrays as long as the chooser reads, with nonsense where it should not look.
ChosenAction chosen(std::vector<float> costs, std::vector<float> constraints,
                    const std::vector<std::uint32_t>& allowed, const ActionRule& rule) {
  const std::size_t actions = costs.size();
  const bool is_bound = !constraints.empty();
  costs.resize(padded_to_panels(actions), -1e30F);
  constraints.resize(padded_to_panels(actions), kNaN);
  ActionChooser chooser(actions);
  return chooser.choose({costs.data(), is_bound ? constraints.data() : nullptr},
                        ActionMask(actions, allowed), rule);
}

struct RandomRow {
  std::vector<float> costs;
  std::vector<float> constraints;
  std::vector<std::uint32_t> allowed;
};

// Of 1 to 100 actions. Every other row has few different values, so that there are ties.
RandomRow random_row(std::mt19937_64& random) {
  std::uniform_real_distribution<float> uniform(-2.0F, 2.0F);
  const std::size_t actions = 1 + random() % 100;
  const bool has_ties = random() % 2 == 0;
  const auto value = [&] {
    return has_ties ? static_cast<float>(static_cast<int>(random() % 5)) - 2.0F : uniform(random);
  };
  RandomRow row;
  for (std::uint32_t a = 0; a < actions; ++a) {
    row.costs.push_back(value());
    row.constraints.push_back(value());
    if (random() % 3 != 0) row.allowed.push_back(a);
  }
  if (row.allowed.empty()) row.allowed.push_back(static_cast<std::uint32_t>(random() % actions));
  return row;
}

}  // namespace

TEST_CASE("the cheapest under the limit is taken, else the safest, ties to the lower index") {
  const std::vector<std::uint32_t> allowed{0, 2, 3};
  const std::vector<float> costs{3.0F, 0.0F, 1.0F, 1.0F};
  const std::vector<float> constraints{1.0F, 0.0F, 2.0F, 2.0F};
  CHECK(chosen(costs, {}, allowed, {}).index == 2);
  CHECK(chosen(costs, constraints, allowed, {.limit = 2.0F}).index == 2);
  CHECK(chosen(costs, constraints, allowed, {.limit = 1.5F}).index == 0);
  const ChosenAction safest = chosen(costs, constraints, allowed, {.limit = 0.5F});
  CHECK(safest.index == 0);
  CHECK_FALSE(safest.is_feasible);
}

TEST_CASE("with a tolerance what counts is how far an action is from the safest one") {
  const std::vector<std::uint32_t> allowed{0, 1, 2};
  const std::vector<float> costs{3.0F, 2.0F, 1.0F};
  const std::vector<float> constraints{10.0F, 10.1F, 11.0F};
  CHECK(chosen(costs, constraints, allowed, {.limit = 0.0F}).index == 0);
  CHECK(chosen(costs, constraints, allowed, {.limit = 0.0F, .tolerance = 0.2F}).index == 1);
  CHECK(chosen(costs, constraints, allowed, {.limit = 0.0F, .tolerance = 1.5F}).index == 2);
  const ChosenAction wide =
      chosen(costs, constraints, allowed, {.limit = 99.0F, .tolerance = 0.2F});
  CHECK(wide.index == 1);  // not under a wide limit
  CHECK(wide.is_feasible);
  CHECK_FALSE(chosen(costs, constraints, allowed, {.limit = 9.0F, .tolerance = 0.2F}).is_feasible);
}

TEST_CASE("the vectorised rule chooses as the spoken one") {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<float> uniform(-2.0F, 2.0F);
  const auto some = [&] { return static_cast<float>(static_cast<int>(random() % 9)) / 4.0F; };
  int infeasible = 0;
  for (int i = 0; i < 10'000; ++i) {
    CAPTURE(i);
    const RandomRow row = random_row(random);
    ActionRule rule;
    rule.limit = random() % 2 == 0 ? uniform(random) : some() - 2.5F;
    rule.cost_sign = random() % 2 == 0 ? 1.0F : -1.0F;
    rule.constraint_sign = random() % 2 == 0 ? 1.0F : -1.0F;
    if (i % 4 == 1) rule.tolerance = some();
    if (i % 4 == 2) rule.multiplier = rule.constraint_sign * some();
    const std::vector<float> constraints =
        i % 4 == 3 && i % 8 == 3 ? std::vector<float>() : row.constraints;
    const ChosenAction expected = spoken(row.costs, constraints, row.allowed, rule);
    const ChosenAction got = chosen(row.costs, constraints, row.allowed, rule);
    REQUIRE(got.index == expected.index);
    REQUIRE(got.is_feasible == expected.is_feasible);
    infeasible += got.is_feasible ? 0 : 1;
  }
  CHECK(infeasible > 500);
}

TEST_CASE("what is not a number is not chosen while another is left") {
  const std::vector<std::uint32_t> allowed{0, 1, 2};
  CHECK(chosen({kNaN, 2.0F, 1.0F}, {}, allowed, {}).index == 2);
  CHECK(chosen({1.0F, 2.0F, 3.0F}, {kNaN, 1.0F, 0.5F}, allowed, {.limit = 2.0F}).index == 1);
  CHECK(chosen({1.0F, 2.0F, 3.0F}, {kNaN, 5.0F, 4.0F}, allowed, {.limit = 2.0F}).index == 2);
  const ChosenAction none =
      chosen({1.0F, 2.0F, 3.0F}, {kNaN, kNaN, kNaN}, allowed, {.limit = 2.0F});
  CHECK(none.index == 0);
  CHECK_FALSE(none.is_feasible);
}

TEST_CASE("a network's rule keeps margin, tolerance and multiplier in its own units") {
  const OutputMap cost{3.0, 0.5, false};
  const OutputMap falling{1.0, -2.0, false};  // predicts the negative
  ConstraintLimit limit{ConstraintKind::kLatency, 4.0, 0.75};
  ActionRule rule = raw_rule(limit, cost, falling);
  CHECK(rule.constraint_sign == -1.0F);
  CHECK(rule.limit == 1.0F);  // (4 * 0.75 - 1) / -2, turned round
  limit.tolerance = 1.0;
  CHECK(*raw_rule(limit, cost, falling).tolerance == 0.5F);
  limit.tolerance.reset();
  limit.multiplier = 2.0;
  CHECK(*raw_rule(limit, cost, falling).multiplier == -8.0F);
  CHECK_FALSE(raw_rule(std::nullopt, cost, falling).multiplier);
}
