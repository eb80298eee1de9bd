#include "env/fitting/measurement_checks.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/error_text.h"

using namespace flyball;

namespace {

const ColumnChoice kTime{ColumnRole::kTime, "seconds", "s", 1.0, false};
const ColumnChoice kPower{ColumnRole::kPower, "power_w", "W", 1.0, false};
const ColumnChoice kEnergy{ColumnRole::kEnergy, "energy_j", "J", 1.0, false};

// Twelve rows of CPU and GPU clocks, half a second and 4 W each, on lines 2 to 13.
Measurements sweep() {
  Measurements set;
  set.file = "sweep.csv";
  set.varied = {FitKnob::kCpu, FitKnob::kGpu};
  for (int i = 0; i < 12; ++i) {
    Measurement row;
    row.line = static_cast<std::size_t>(i) + 2;
    row.point.cpu_hz = 1e8 * (1 + i / 4);
    row.point.gpu_hz = 1e8 * (1 + i % 4);
    row.seconds = 0.5;
    row.watts = 4.0;
    set.rows.push_back(row);
  }
  return set;
}

}  // namespace

TEST_CASE("power that no board draws is the unit in every row, and the row in one") {
  Measurements set = sweep();
  CHECK_NOTHROW(check_power_unit(set, kPower, kTime));
  set.rows[3].watts = 0.004;
  CHECK(error_text([&] { check_power_unit(set, kPower, kTime); }) ==
        "sweep.csv:5: column power_w: 0.004 W, a Jetson draws 0.1 to 300 W (1 of 12 rows are off): "
        "off by 1000 in this row?");
  for (Measurement& row : set.rows) row.watts = 4000.0;
  CHECK(error_text([&] {
          check_power_unit(set, kPower, kTime);
        }).ends_with("(12 of 12 rows are off): is the column in mW? --column power=power_w:mW"));
  CHECK(error_text([&] {
          check_power_unit(set, kEnergy, kTime);
        }).ends_with("energy over time; is energy_j in mJ, or seconds in another unit?"));
}

TEST_CASE("the time's unit is judged by the median, and not at all where it was told") {
  Measurements set = sweep();
  for (std::size_t i = 0; i < 5; ++i) set.rows[i].seconds = 500.0;
  CHECK_NOTHROW(check_time_unit(set, kTime));
  for (Measurement& row : set.rows) row.seconds = 500.0;
  CHECK(error_text([&] {
          check_time_unit(set, kTime);
        }).starts_with("sweep.csv: column seconds: 500 s per batch (median), 500 s per request"));
  ColumnChoice told = kTime;
  told.was_told = true;
  CHECK_NOTHROW(check_time_unit(set, told));
  for (Measurement& row : set.rows) row.requests = 20.0;  // 25 s each
  CHECK_NOTHROW(check_time_unit(set, kTime));
}

TEST_CASE("a row's time may be far from the median, but not without end") {
  Measurements set = sweep();
  set.rows[2].seconds = 0.5e4;
  CHECK_NOTHROW(check_time_rows(set, kTime));
  set.rows[2].seconds = 0.5e6;
  CHECK(error_text([&] { check_time_rows(set, kTime); }) ==
        "sweep.csv:4: column seconds: 500000 s per batch, 0.5 s is usual here: leave rows that "
        "failed out of the file");
}

TEST_CASE("power said twice has to agree within a fifth, by the median") {
  const Measurements set = sweep();
  std::vector<double> watts(set.rows.size(), 4.7);
  watts[0] = 400.0;
  CHECK_NOTHROW(check_same_power(set, {kPower, kTime, kEnergy}, watts));
  watts.assign(set.rows.size(), 6.0);
  CHECK(error_text([&] {
          check_same_power(set, {kPower, kTime, kEnergy}, watts);
        }) ==
        "sweep.csv: column energy_j asks for 1.5 times the power of column power_w (median): power "
        "times time is energy, so one of energy_j, power_w and seconds is off or in another unit");
}

TEST_CASE("repeated rows need a wish for their mean, and no setting that tells them apart") {
  CsvTable table;
  table.file = "sweep.csv";
  table.columns = {"gpu_mhz", "fan"};
  const TextRow first{2, {"306", "100"}, {}};
  const TextRow same{7, {"306", "100"}, {}};
  const TextRow other{8, {"306", "255"}, {}};
  std::vector<UnusedColumn> unused = {{1, "fan holds 100, 255", "--where fan=100", false}};
  const RepeatRule refuse{table, unused, Duplicates::kRefuse};
  const RepeatRule mean{table, unused, Duplicates::kMean};
  CHECK(error_text([&] { check_repeated(refuse, same, first); }) ==
        "sweep.csv:7: the same setting as line 2; --duplicates mean takes repeated measurements "
        "together");
  CHECK(error_text([&] {
          check_repeated(refuse, other, first);
        }).starts_with("sweep.csv:8: the same setting as line 2 (not used: fan); "));
  CHECK_NOTHROW(check_repeated(mean, other, first));
  unused[0].is_setting = true;
  CHECK_NOTHROW(check_repeated(mean, same, first));
  CHECK(error_text([&] { check_repeated(mean, other, first); }) ==
        "sweep.csv:8: the same setting as line 2; not used: the column fan holds 100, 255: --where "
        "fan=100 (or --ignore fan)");
}

TEST_CASE("knobs are told apart where some rows move one alone") {
  Measurements set = sweep();
  CHECK_NOTHROW(check_identifiable(set, {}));
  for (Measurement& row : set.rows) row.point.gpu_hz = 2.0 * row.point.cpu_hz;
  CHECK(error_text([&] {
          check_identifiable(set, {});
        }).starts_with("sweep.csv: cpu and gpu always move together: "));
  set.rows.resize(11);
  CHECK(error_text([&] { check_identifiable(set, {}); }) ==
        "sweep.csv: 11 rows, at least 12 are needed where 2 knobs vary");
  set.varied.clear();
  const std::vector<UnusedColumn> unused = {{1, "clock holds 1, 2", "--column gpu=clock?", true}};
  CHECK(error_text([&] { check_identifiable(set, unused); })
            .ends_with("; not used though it varies: the column clock holds 1, 2: --column "
                       "gpu=clock?"));
}
