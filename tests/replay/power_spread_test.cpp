#include "replay/power_spread.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <random>

#include "replay/log_transitions.h"

using namespace flyball;

namespace {

constexpr double kRow = 0.05;
constexpr double kLag = 0.4;
constexpr std::size_t kRowsPerReading = 10;

TelemetryLogHeader two_domains() {
  TelemetryLogHeader header;
  Domain cpu{"cpu0", DomainKind::kCpu, {2e8, 4e8, 8e8, 1e9}, 0.0, {0, 1}};
  Domain gpu{"gpu", DomainKind::kGpu, {1e8, 2e8, 4e8}, 0.0, {}};
  header.plant.domains = {cpu, gpu};
  header.plant.cpus = 2;
  header.sensor_lag_seconds = kLag;
  return header;
}

struct TrueLog {
  TelemetryLogHeader header = two_domains();
  std::vector<TelemetryRow> rows;
  std::vector<double> watts;  // per row, what the sensor follows
};

// Clocks and load change every few rows; the sensor is a low-pass of the true power, read every
// `every` rows. `extra`: watts that the clocks do not explain, at a time.
TrueLog measured_log(
    std::size_t count, std::size_t every,
    const std::function<double(double)>& extra = [](double) { return 0.0; }) {
  TrueLog log;
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> share(0.0, 1.0);
  double shown = 3.0;
  double cpu_busy = 0.0;
  double gpu_busy = 0.0;
  double cpu_load = 0.0;
  double gpu_load = 0.0;
  std::size_t cpu = 3;
  std::size_t gpu = 2;
  Stamped<double> reading;
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 7 == 0) {
      cpu = random() % 4;
      gpu = random() % 3;
      cpu_load = 2.0 * share(random);
      gpu_load = share(random);
    }
    TelemetryRow row;
    Telemetry& t = row.telemetry;
    t.time_seconds = kRow * static_cast<double>(i);
    if (i % every == 0) reading.refill(t.time_seconds) = shown;
    t.total_watts = reading;
    const auto& domains = log.header.plant.domains;
    DomainTelemetry of_cpu;
    of_cpu.effective_hz = domains[0].frequencies_hz[cpu];
    DomainTelemetry of_gpu;
    of_gpu.effective_hz = domains[1].frequencies_hz[gpu];
    of_gpu.busy_seconds = gpu_busy;
    t.domains.refill(t.time_seconds) = {of_cpu, of_gpu};
    CpuTelemetry half;
    half.busy_seconds = 0.5 * cpu_busy;
    t.cpus.refill(t.time_seconds) = {half, half};
    // As much of the row before the clocks changed as after: a whole row has one setting here.
    row.after_effect.seconds = row.period_seconds = kRow;
    log.rows.push_back(row);

    const double f = *of_cpu.effective_hz / 1e9;
    const double g = *of_gpu.effective_hz / 4e8;
    const double watts = 1.5 + 0.4 * f + 0.8 * cpu_load * f * f * f + 0.3 * g * g * g +
                         3.0 * gpu_load * g * g * g + extra(t.time_seconds);
    log.watts.push_back(watts);
    shown = watts + (shown - watts) * std::exp(-kRow / kLag);
    cpu_busy += kRow * cpu_load;
    gpu_busy += kRow * gpu_load;
  }
  return log;
}

// Root mean square difference, of the rows at whose both ends the clocks are the same.
double error_watts(const TrueLog& log, const std::function<double(std::size_t)>& watts) {
  double squares = 0.0;
  std::size_t count = 0;
  for (std::size_t i = 0; i + kRowsPerReading < log.rows.size(); ++i) {
    if (i % 7 == 6) continue;  // the next row's clocks are others
    squares += std::pow(watts(i) - log.watts[i], 2);
    ++count;
  }
  return std::sqrt(squares / static_cast<double>(count));
}

}  // namespace

TEST_CASE("the power of every row is found behind a slow sensor that is read every tenth row") {
  const TrueLog log = measured_log(6000, kRowsPerReading);
  const auto watts = spread_power(log.header, log.rows, kLag);
  REQUIRE(watts);
  const double spread = error_watts(log, [&](std::size_t i) { return (*watts)[i].value(); });
  const double read =
      error_watts(log, [&](std::size_t i) { return *log.rows[i].telemetry.total_watts; });
  CHECK(read > 0.5);
  CHECK(spread < 0.2 * read);
}

TEST_CASE("what the clocks do not explain stays in the rows between the readings that showed it") {
  const auto step = [](double seconds) { return seconds > 150.0 ? 2.0 : 0.0; };
  const TrueLog log = measured_log(6000, kRowsPerReading, step);
  const auto watts = spread_power(log.header, log.rows, kLag);
  REQUIRE(watts);
  const auto mean = [&](std::size_t begin, std::size_t end, const auto& of) {
    double sum = 0.0;
    for (std::size_t i = begin; i < end; ++i) sum += of(i);
    return sum / static_cast<double>(end - begin);
  };
  for (const std::size_t begin : {500, 2000, 3500, 5000}) {
    const double found = mean(begin, begin + 500, [&](std::size_t i) { return *(*watts)[i]; });
    const double truth = mean(begin, begin + 500, [&](std::size_t i) { return log.watts[i]; });
    CHECK(found == doctest::Approx(truth).epsilon(0.02));
  }
}

TEST_CASE("a log whose power is read with every row, or hardly ever, is left as it is") {
  TrueLog often = measured_log(2000, 1);
  CHECK_FALSE(spread_power(often.header, often.rows, kLag));
  CHECK_FALSE(spread_energy(often.header, often.rows, kLag));
  CHECK(often.header.sensor_lag_seconds == kLag);
  // Nine coefficients need ninety pairs of readings.
  CHECK_FALSE(spread_power(often.header, measured_log(900, kRowsPerReading).rows, kLag));
  CHECK(spread_power(often.header, measured_log(920, kRowsPerReading).rows, kLag));
  TrueLog none = measured_log(2000, kRowsPerReading);
  for (TelemetryRow& row : none.rows) row.telemetry.total_watts.clear();
  CHECK_FALSE(spread_power(none.header, none.rows, kLag));
}

TEST_CASE("no reading tells of rows across a gap, and what no two readings tell is absent") {
  TrueLog log = measured_log(3000, kRowsPerReading);
  for (std::size_t i = 1505; i < 3000; ++i) {
    log.rows[i].telemetry.time_seconds += 20.0;
  }
  const auto watts = spread_power(log.header, log.rows, kLag);
  REQUIRE(watts);
  CHECK((*watts)[1499]);
  for (std::size_t i = 1500; i < 1510; ++i) CHECK_FALSE((*watts)[i]);
  CHECK((*watts)[1510]);
  CHECK_FALSE((*watts)[2995]);  // after the last reading
}

TEST_CASE("the rows' energies are their power times their parts, and nothing is left of the lag") {
  TrueLog log = measured_log(2000, kRowsPerReading);
  log.rows[100].before_effect.seconds = 0.02;
  log.rows[100].after_effect.seconds = 0.03;
  const auto watts = spread_power(log.header, log.rows, kLag);
  REQUIRE(watts);
  CHECK(spread_energy(log.header, log.rows, kLag));
  CHECK(log.header.sensor_lag_seconds == 0.0);
  CHECK(*log.rows[100].before_effect.energy_joules == doctest::Approx(0.02 * *(*watts)[100]));
  CHECK(*log.rows[100].after_effect.energy_joules == doctest::Approx(0.03 * *(*watts)[100]));
  CHECK(*log.rows[100].cost().energy_joules == doctest::Approx(0.05 * *(*watts)[100]));
  CHECK_FALSE(log.rows.back().cost().energy_joules);
}
