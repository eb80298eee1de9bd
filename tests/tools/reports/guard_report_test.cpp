#include "tools/reports/guard_report.h"

#include <doctest/doctest.h>

using namespace flyball;

namespace {

GuardReport report_of(std::uint64_t turns, double overdue_seconds, double queue_seconds) {
  GuardReport report;
  report.seconds = 200.0;
  report.turns = turns;
  report.guarded_seconds[static_cast<std::size_t>(GuardCause::kOverdue)] = overdue_seconds;
  report.guarded_seconds[static_cast<std::size_t>(GuardCause::kQueue)] = queue_seconds;
  return report;
}

}  // namespace

TEST_CASE("a guard's turns are told with their share of the time, cause by cause") {
  CHECK(to_text(report_of(4, 3.0, 1.2)) ==
        "2.1 % of the time in 4 turns (overdue 1.5 %, queue 0.6 %)");
  CHECK(to_text(report_of(1, 0.0, 50.0)) == "25.0 % of the time in 1 turn (queue 25.0 %)");
}

TEST_CASE("a guard that had no turn has no causes") {
  CHECK(to_text(report_of(0, 0.0, 0.0)) == "0.0 % of the time in 0 turns");
  CHECK(to_text(GuardReport{}) == "0.0 % of the time in 0 turns");
  const nlohmann::ordered_json json = to_json(GuardReport{});
  CHECK(json["guarded_share"] == 0.0);
  CHECK(json["turns"] == 0);
  CHECK(json["by_cause"] == nlohmann::ordered_json::object());
}

TEST_CASE("programs get shares from 0 to 1, of the causes that there were") {
  const nlohmann::ordered_json json = to_json(report_of(4, 3.0, 1.0));
  CHECK(json["guarded_share"] == doctest::Approx(0.02));
  CHECK(json["turns"] == 4);
  CHECK(json["by_cause"].size() == 2);
  CHECK(json["by_cause"]["overdue"] == doctest::Approx(0.015));
  CHECK(json["by_cause"]["queue"] == doctest::Approx(0.005));
}
