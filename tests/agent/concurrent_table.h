// A small table with an exact answer, for backups and learners: a Markov chain in ticks, of which a
// decision period has several; a decision takes effect `delay` ticks after it was observed for.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "env/draw.h"

namespace flyball {

class ConcurrentTable {
 public:
  static constexpr std::size_t kStates = 6;
  static constexpr std::size_t kActions = 3;
  static constexpr std::size_t kTicks = 4;  // per decision period
  static constexpr double kGamma = 0.95;    // per decision period
  using Row = std::array<double, kStates>;

  // Random costs in [0, 1] per tick and random transition chances.
  explicit ConcurrentTable(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (auto& state : chances_) {
      for (Row& row : state) {
        double sum = 0.0;
        for (double& chance : row) sum += chance = -std::log(1.0 - draw_unit(random));
        for (double& chance : row) chance /= sum;
      }
    }
    for (auto& state : costs_) {
      for (double& cost : state) cost = draw_unit(random);
    }
  }

  static double tick_discount() { return std::pow(kGamma, 1.0 / kTicks); }

  // What happens from the distribution `where` in `ticks` ticks of `action`: adds the discounted
  // costs, multiplies `discount`, moves `where`.
  void run(Row& where, std::size_t action, std::size_t ticks, double& discount,
           double& cost) const {
    for (std::size_t tick = 0; tick < ticks; ++tick) {
      Row next{};
      for (std::size_t s = 0; s < kStates; ++s) {
        cost += discount * where[s] * costs_[s][action];
        for (std::size_t t = 0; t < kStates; ++t) next[t] += where[s] * chances_[s][action][t];
      }
      where = next;
      discount *= tick_discount();
    }
  }

  // One decision from `state`: `previous` runs for `delay` ticks, then `action` for the rest.
  struct Outcome {
    double before = 0.0;  // discounted to the decision's beginning, like `after`
    double after = 0.0;
    Row at_effect{};  // chances
    Row at_end{};
  };
  Outcome decide(std::size_t state, std::size_t previous, std::size_t action,
                 std::size_t delay) const {
    Outcome outcome;
    Row where{};
    where[state] = 1.0;
    double discount = 1.0;
    run(where, previous, delay, discount, outcome.before);
    outcome.at_effect = where;
    run(where, action, kTicks - delay, discount, outcome.after);
    outcome.at_end = where;
    return outcome;
  }

  // Q[state][previous][action] of the augmented process, by value iteration to 1e-12.
  using Values = std::array<std::array<std::array<double, kActions>, kActions>, kStates>;
  Values exact(std::size_t delay) const {
    Values values{};
    for (double change = 1.0; change > 1e-12;) {
      change = 0.0;
      Values next{};
      for_each([&](std::size_t s, std::size_t p, std::size_t a) {
        const Outcome outcome = decide(s, p, a, delay);
        double value = outcome.before + outcome.after;
        for (std::size_t t = 0; t < kStates; ++t) {
          value += kGamma * outcome.at_end[t] * lowest(values[t][a]);
        }
        change = std::max(change, std::abs(value - values[s][p][a]));
        next[s][p][a] = value;
      });
      values = next;
    }
    return values;
  }

  // Mean over states and previous actions of a policy's cost, action = policy(state, previous).
  template <typename Policy>
  double mean_cost(const Policy& policy, std::size_t delay) const {
    std::array<std::array<double, kActions>, kStates> values{};
    for (int sweep = 0; sweep < 600; ++sweep) {
      auto next = values;
      for (std::size_t s = 0; s < kStates; ++s) {
        for (std::size_t p = 0; p < kActions; ++p) {
          const std::size_t a = policy(s, p);
          const Outcome outcome = decide(s, p, a, delay);
          next[s][p] = outcome.before + outcome.after;
          for (std::size_t t = 0; t < kStates; ++t) {
            next[s][p] += kGamma * outcome.at_end[t] * values[t][a];
          }
        }
      }
      values = next;
    }
    double sum = 0.0;
    for (const auto& state : values) {
      for (const double value : state) sum += value;
    }
    return sum / (kStates * kActions);
  }

  template <typename Function>
  static void for_each(const Function& function) {
    for (std::size_t s = 0; s < kStates; ++s) {
      for (std::size_t p = 0; p < kActions; ++p) {
        for (std::size_t a = 0; a < kActions; ++a) function(s, p, a);
      }
    }
  }

  static double lowest(const std::array<double, kActions>& values) {
    return *std::min_element(values.begin(), values.end());
  }
  static std::size_t cheapest(const std::array<double, kActions>& values) {
    return static_cast<std::size_t>(std::min_element(values.begin(), values.end()) -
                                    values.begin());
  }

 private:
  std::array<std::array<Row, kActions>, kStates> chances_{};
  std::array<std::array<double, kActions>, kStates> costs_{};
};

}  // namespace flyball
