#include "agent/backup.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "tests/agent/concurrent_table.h"

using namespace flyball;

namespace {

using Process = ConcurrentTable;

// Expected backup of one state, previous action and action under the values so far.
double backed_up(const Process& table, Backup backup, const Process::Values& values, std::size_t s,
                 std::size_t p, std::size_t a, std::size_t delay) {
  const Process::Outcome outcome = table.decide(s, p, a, delay);
  BackupSpan span;
  span.before = outcome.before;
  span.after = outcome.after;
  span.effect_periods = static_cast<double>(delay) / Process::kTicks;
  span.periods = 1.0;
  const BackupTarget target = backup_target(backup, span, Process::kGamma, false);
  const Process::Row& next = backup == Backup::kDvfo ? outcome.at_effect : outcome.at_end;
  double value = target.constant;
  for (std::size_t t = 0; t < Process::kStates; ++t) {
    value += target.discount * next[t] * Process::lowest(values[t][a]);
  }
  return value;
}

Process::Values iterate(const Process& table, Backup backup, std::size_t delay) {
  Process::Values values{};
  for (int sweep = 0; sweep < 2500; ++sweep) {
    Process::Values next{};
    Process::for_each([&](std::size_t s, std::size_t p, std::size_t a) {
      next[s][p][a] = backed_up(table, backup, values, s, p, a, delay);
    });
    values = next;
  }
  return values;
}

double distance(const Process::Values& a, const Process::Values& b) {
  double largest = 0.0;
  Process::for_each([&](std::size_t s, std::size_t p, std::size_t c) {
    largest = std::max(largest, std::abs(a[s][p][c] - b[s][p][c]));
  });
  return largest;
}

// The process in which a new decision begins as soon as the last one took effect.
Process::Values exact_at_effect(const Process& table, std::size_t delay) {
  const double discount = std::pow(Process::tick_discount(), static_cast<double>(delay));
  Process::Values values{};
  for (int sweep = 0; sweep < 2500; ++sweep) {
    Process::Values next{};
    Process::for_each([&](std::size_t s, std::size_t p, std::size_t a) {
      Process::Row where{};
      where[s] = 1.0;
      double unused = 1.0;
      double cost = 0.0;
      table.run(where, p, delay, unused, cost);
      for (std::size_t t = 0; t < Process::kStates; ++t) {
        cost += discount * where[t] * Process::lowest(values[t][a]);
      }
      next[s][p][a] = cost;
    });
    values = next;
  }
  return values;
}

}  // namespace

TEST_CASE("the full-period backup is value iteration on the augmented state, tau from 0 to H") {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const Process table(seed);
    for (std::size_t delay = 0; delay <= Process::kTicks; ++delay) {
      CAPTURE(delay);
      CHECK(distance(iterate(table, Backup::kFullPeriod, delay), table.exact(delay)) < 1e-9);
    }
  }
}

TEST_CASE("the blocking backup is exact at tau = 0 and wrong when thinking takes time") {
  const Process table(1);
  CHECK(distance(iterate(table, Backup::kBlocking, 0), table.exact(0)) < 1e-9);
  for (std::size_t delay = 1; delay <= Process::kTicks; ++delay) {
    CHECK(distance(iterate(table, Backup::kBlocking, delay), table.exact(delay)) > 0.1);
  }
}

TEST_CASE("the dvfo backup is exact where a decision begins as soon as the last took effect") {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const Process table(seed);
    for (std::size_t delay = 1; delay <= Process::kTicks; ++delay) {
      CAPTURE(delay);
      CHECK(distance(iterate(table, Backup::kDvfo, delay), exact_at_effect(table, delay)) < 1e-9);
    }
  }
}

TEST_CASE("at tau = H the dvfo backup is the full-period one, at tau = 0 it holds no cost") {
  const Process table(2);
  CHECK(distance(iterate(table, Backup::kDvfo, Process::kTicks), table.exact(Process::kTicks)) <
        1e-9);
  CHECK(distance(iterate(table, Backup::kDvfo, 0), Process::Values{}) == 0.0);
}

TEST_CASE("on 40 random tables delay costs, and ignoring it costs about as much again") {
  double without = 0.0;  // delay
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Process table(seed);
    const Process::Values exact = table.exact(0);
    without += table.mean_cost(
        [&](std::size_t s, std::size_t p) { return Process::cheapest(exact[s][p]); }, 0);
  }
  double shorter = without;
  for (std::size_t delay = 1; delay <= Process::kTicks; ++delay) {
    CAPTURE(delay);
    double exact = 0.0;
    double ignorant = 0.0;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      const Process table(seed);
      const Process::Values aware = table.exact(delay);
      const Process::Values unaware = table.exact(0);
      const auto best = [&](std::size_t s, std::size_t p) {
        return Process::cheapest(aware[s][p]);
      };
      const auto blind = [&](std::size_t s, std::size_t p) {
        return Process::cheapest(unaware[s][p]);
      };
      const double best_cost = table.mean_cost(best, delay);
      CHECK(best_cost <= table.mean_cost(blind, delay) + 1e-9);
      exact += best_cost;
      ignorant += table.mean_cost(blind, delay);
    }
    MESSAGE("tau/H ", delay, "/4: exact ", exact / 40, ", ignoring the delay ", ignorant / 40,
            ", without delay ", without / 40);
    CHECK(exact > shorter);  // the longer the delay the less can be saved
    CHECK(ignorant - exact > 0.5 * (exact - without));
    shorter = exact;
  }
}

TEST_CASE("a truncated span bootstraps, a terminated one does not") {
  // Truncation is no argument of a backup at all: only the end of the work cuts the future off.
  const BackupSpan span{1.0, 2.0, 0.25, 1.0};
  for (const Backup backup : {Backup::kBlocking, Backup::kDvfo, Backup::kFullPeriod}) {
    CHECK(backup_target(backup, span, 0.9, false).discount > 0.0);
    CHECK(backup_target(backup, span, 0.9, true).discount == 0.0);
  }
  CHECK(backup_target(Backup::kFullPeriod, span, 0.9, true).constant == 3.0);
  CHECK(backup_target(Backup::kDvfo, span, 0.9, true).constant == 3.0);
}

TEST_CASE("the discount follows the measured length of a span") {
  BackupSpan span{0.0, 1.0, 0.0, 2.5};
  CHECK(backup_target(Backup::kFullPeriod, span, 0.9, false).discount ==
        doctest::Approx(std::pow(0.9, 2.5)));
}
