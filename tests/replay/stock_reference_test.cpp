#include "replay/stock_reference.h"

#include <doctest/doctest.h>

#include "tests/replay/sample_log.h"

using namespace flyball;
using doctest::Approx;

namespace {

TelemetryRow row_at(double seconds, DecidedBy who, std::uint64_t queue) {
  TelemetryRow row;
  row.telemetry.time_seconds = seconds;
  row.telemetry.application.refill(seconds).queue_length = queue;
  row.decided_by = who;
  if (who != DecidedBy::kResident) row.setting = Setting::pinned(std::vector<Level>{0});
  return row;
}

SpanCost served(double requests, double joules) { return {1.0, joules, 1.0, requests, 0.0}; }

}  // namespace

TEST_CASE("what a tried setting left is worked off before the residents' costs are their own") {
  ResidentStretch stretch;
  stretch.add(row_at(0.0, DecidedBy::kResident, 5), true);
  CHECK(stretch.standing() == Standing::kDrained);  // nothing was tried yet
  stretch.add(row_at(11.0, DecidedBy::kResident, 5), false);
  CHECK(stretch.standing() == Standing::kSettled);
  stretch.add(row_at(12.0, DecidedBy::kRandom, 0), false);
  CHECK(stretch.standing() == Standing::kInherits);
  stretch.add(row_at(13.0, DecidedBy::kResident, 9), false);
  CHECK(stretch.standing() == Standing::kInherits);
  stretch.add(row_at(30.0, DecidedBy::kResident, 9), false);
  CHECK(stretch.standing() == Standing::kInherits);  // never empty since
  stretch.add(row_at(31.0, DecidedBy::kResident, 0), false);
  CHECK(stretch.standing() == Standing::kSettled);
  stretch.add(row_at(32.0, DecidedBy::kResident, 7), false);
  CHECK(stretch.standing() == Standing::kSettled);
}

TEST_CASE("behind a gap it is not known what was tried") {
  ResidentStretch stretch;
  stretch.add(row_at(0.0, DecidedBy::kResident, 0), true);
  stretch.add(row_at(100.0, DecidedBy::kResident, 5), true);
  CHECK(stretch.standing() == Standing::kInherits);
  stretch.add(row_at(101.0, DecidedBy::kResident, 0), false);
  CHECK(stretch.standing() == Standing::kDrained);
}

TEST_CASE("the cleanest costs that are enough are stock's") {
  StockReference stock;
  stock.add(Standing::kInherits, served(100.0, 500.0), 1.0);
  CHECK(stock.residents().served == 100.0);  // nothing better
  stock.add(Standing::kDrained, served(100.0, 300.0), 1.0);
  CHECK(*stock.residents().energy_joules == Approx(300.0));
  stock.add(Standing::kSettled, served(100.0, 100.0), 1.0);
  CHECK(*stock.residents().energy_joules == Approx(400.0));  // too few have settled
  stock.add(Standing::kSettled, served(100.0, 100.0), 1.0);
  CHECK(*stock.residents().energy_joules == Approx(200.0));
}

TEST_CASE("a weight makes no request of a log worth less as evidence") {
  StockReference stock;
  stock.add(Standing::kDrained, served(50.0, 300.0), 0.1);
  stock.add(Standing::kSettled, served(20.0, 20.0), 0.1);
  CHECK(*stock.residents().energy_joules == Approx(20.0));
}

TEST_CASE("what has no power counts at the mean power of what is chosen") {
  StockReference stock;
  stock.add(Standing::kInherits, served(100.0, 50.0), 1.0);
  stock.add(Standing::kDrained, served(100.0, 10.0), 1.0);
  SpanCost unknown = served(100.0, 0.0);
  unknown.energy_joules.reset();
  stock.add_unpowered(Standing::kDrained, unknown);
  stock.add_unpowered(Standing::kInherits, unknown);
  CHECK(stock.residents().served == 200.0);
  CHECK(*stock.residents().energy_joules == Approx(20.0));
}

TEST_CASE("a log's reference leaves out the backlog that a slow setting left") {
  Log log;
  log.add(40, 2, 8.0, 2, false);
  for (TelemetryRow& row : log.rows) row.telemetry.application.refill(0.0).queue_length = 0;
  log.add(40, 0, 4.0, 8, true);
  log.add(40, 2, 8.0, 4, false);  // it works the backlog off
  log.add(1, 2, 8.0, 2, false);
  const auto result = log_transitions(one_gpu(), log.rows, span_config(SpanCredit::kPeriod));
  CHECK(result.residents.seconds == Approx(4.0));
  const auto saturated =
      log_transitions(one_gpu(), log.rows, span_config(SpanCredit::kWholeBatches));
  CHECK(saturated.residents.seconds > 6.0);  // whole batches inherit nothing
}
