#include "controllers/queue_table_governor.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/support/fake_plant.h"

using namespace flyball;

namespace {

// Slow while nothing waits, the knob's own range from two requests on, pinned fast from five on.
QueueTable three_rows() {
  QueueTable table(3);
  const LevelRange ranges[] = {{0, 0}, {0, 2}, {2, 2}};
  const std::uint64_t least[] = {0, 2, 5};
  for (std::size_t r = 0; r < table.size(); ++r) {
    table[r].least_requests = least[r];
    table[r].setting.resize(1);
    table[r].setting[0] = ranges[r];
  }
  return table;
}

Telemetry with_queue(std::uint64_t requests) {
  Telemetry telemetry;
  telemetry.application.refill(0.0).queue_length = requests;
  return telemetry;
}

GovernorScope over_gpu(const FakePlant& plant) {
  return scope_over(plant.description(), std::vector<std::size_t>{1});
}

}  // namespace

TEST_CASE("a row holds from its own length until the next one begins") {
  const FakePlant plant;
  QueueTableGovernor governor(three_rows(), 0.5);
  governor.reset(over_gpu(plant));
  CHECK(governor.period().seconds == 0.5);
  const LevelRange expected[] = {{0, 0}, {0, 0}, {0, 2}, {0, 2}, {0, 2}, {2, 2}, {2, 2}};
  for (std::uint64_t requests = 0; requests < 7; ++requests) {
    CAPTURE(requests);
    const Telemetry telemetry = with_queue(requests);
    CHECK(governor.decide({telemetry}).setting[0] == expected[requests]);
    CHECK(governor.decide({telemetry}).decided_by == DecidedBy::kPolicy);
  }
}

TEST_CASE("a row is moved into the limits in force") {
  FakePlant plant;
  GovernorScope scope = over_gpu(plant);
  scope.limits = {{1, 1}};
  QueueTableGovernor governor(three_rows(), 0.5);
  governor.reset(scope);
  for (const std::uint64_t requests : {0, 3, 9}) {
    const Telemetry telemetry = with_queue(requests);
    CHECK(governor.decide({telemetry}).setting[0] == LevelRange{1, 1});
  }
}

TEST_CASE("where no application is seen the residents decide") {
  const FakePlant plant;
  QueueTableGovernor governor(three_rows(), 0.5);
  const GovernorScope scope = over_gpu(plant);
  governor.reset(scope);
  const Telemetry nothing;
  const Decision decision = governor.decide({nothing});
  CHECK(decision.decided_by == DecidedBy::kResident);
  CHECK(decision.setting == full_range(scope.limits));
}

TEST_CASE("a table has rows that rise from 0 and hold the same knobs, those of its scope") {
  CHECK_THROWS_WITH_AS(QueueTableGovernor({}, 1.0),
                       "a queue table begins with a row from 0 requests on", std::invalid_argument);
  QueueTable table = three_rows();
  table[0].least_requests = 1;
  CHECK_THROWS_AS(QueueTableGovernor(table, 1.0), std::invalid_argument);
  table = three_rows();
  table[2].least_requests = 2;
  CHECK_THROWS_WITH_AS(QueueTableGovernor(table, 1.0), "a queue table's rows have to rise",
                       std::invalid_argument);
  table = three_rows();
  table[1].setting.resize(2);
  CHECK_THROWS_AS(QueueTableGovernor(table, 1.0), std::invalid_argument);
  const FakePlant plant;
  QueueTableGovernor governor(three_rows(), 1.0);
  CHECK_THROWS_WITH_AS(
      governor.reset(scope_over(plant.description(), std::vector<std::size_t>{0, 1})),
      "the queue table turns 1 knobs, it was given 2", std::invalid_argument);
}
