// What a governor is shown is what a board shows: nothing of what the simulator alone knows.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "controllers/evaluation/simulated_run.h"
#include "env/governor.h"
#include "env/sim/engine_watcher.h"
#include "tests/support/small_board.h"

using namespace flyball;

namespace {

constexpr double kSecret = 777.0625;  // exact in binary, and nothing else's value

void take(std::vector<double>& numbers, double value) { numbers.push_back(value); }
void take(std::vector<double>& numbers, const std::optional<double>& value) {
  if (value) numbers.push_back(*value);
}

// Every number that the telemetry holds.
std::vector<double> numbers_of(const Telemetry& telemetry) {
  std::vector<double> numbers{telemetry.time_seconds};
  if (telemetry.domains) {
    for (const DomainTelemetry& domain : *telemetry.domains) {
      take(numbers, domain.requested_hz);
      take(numbers, domain.effective_hz);
      take(numbers, domain.floor_hz);
      take(numbers, domain.ceiling_hz);
      take(numbers, domain.utilization);
      take(numbers, domain.busy_seconds);
    }
  }
  if (telemetry.cpus) {
    for (const CpuTelemetry& cpu : *telemetry.cpus) {
      for (const double value : {cpu.busy_seconds, cpu.idle_seconds, cpu.iowait_seconds}) {
        take(numbers, value);
      }
    }
  }
  if (telemetry.rail_watts) {
    for (const auto& watts : *telemetry.rail_watts) take(numbers, watts);
  }
  if (telemetry.total_watts) take(numbers, *telemetry.total_watts);
  if (telemetry.temperatures_celsius) {
    for (const auto& celsius : *telemetry.temperatures_celsius) take(numbers, celsius);
  }
  if (telemetry.application) {
    const ApplicationTelemetry& shown = *telemetry.application;
    for (const std::uint64_t count :
         {shown.arrived, shown.served, shown.missed, shown.batches, shown.queue_length}) {
      take(numbers, static_cast<double>(count));
    }
    take(numbers, shown.in_system_seconds);
    for (const auto& value :
         {shown.latency_mean_seconds, shown.latency_p95_seconds, shown.latency_max_seconds,
          shown.deadline_seconds, shown.slack_seconds, shown.batch_recommended,
          shown.batch_effective}) {
      take(numbers, value);
    }
  }
  return numbers;
}

// Takes down all that it is shown until `until_seconds`, with its scope.
class Spy final : public Governor {
 public:
  explicit Spy(double until_seconds) : until_seconds_(until_seconds) {}
  std::string_view name() const override { return "spy"; }
  void reset(const GovernorScope& scope) override { scope_ = scope; }
  Decision decide(const GovernorInput& input) override {
    if (input.telemetry.time_seconds <= until_seconds_) {
      for (const double number : numbers_of(input.telemetry)) shown.push_back(number);
    }
    return {full_range(scope_.limits), DecidedBy::kPolicy, {}};
  }
  Period period() const override { return {0.1, false}; }
  std::vector<double> shown;

 private:
  double until_seconds_;
  GovernorScope scope_;
};

// What a spy is shown until `until_seconds` of ten requests and what `change` does to the rest.
template <typename Change>
std::vector<double> shown_of(double until_seconds, const Change& change) {
  std::vector<Arrival> arrivals;
  for (int i = 0; i < 10; ++i) arrivals.push_back({0.5 * i, 1, 2.0});
  arrivals.push_back({20.0, 1, 2.0});
  SimConfig config = small_config(std::move(arrivals));
  config.service_noise = 0.1;
  change(config);
  Spy spy(until_seconds);
  LoopConfig loop;
  loop.period_seconds = loop.sample_seconds = 0.1;
  loop.simulated_think_seconds = 0.001;
  const std::vector<std::string> knobs = {"gpu"};
  run_governor(config, &spy, knobs, loop, 60.0);
  return spy.shown;
}

std::vector<Arrival>& arrivals_of(SimConfig& config) {
  return std::get<std::vector<Arrival>>(config.arrivals);
}

bool knows(const std::vector<double>& shown) {
  return std::find(shown.begin(), shown.end(), kSecret) != shown.end();
}

}  // namespace

TEST_CASE("a secret of the simulator's private state reaches no governor") {
  // The limit of a request that has not come, when the next one comes, how much another program
  // will draw, how warm it will be, and the noise's seed.
  CHECK_FALSE(knows(shown_of(
      15.0, [](SimConfig& config) { arrivals_of(config).back().limit_seconds = kSecret; })));
  CHECK_FALSE(knows(shown_of(15.0, [](SimConfig& config) {
    arrivals_of(config).push_back({kSecret, 1, 2.0});
  })));
  CHECK_FALSE(knows(shown_of(15.0, [](SimConfig& config) {
    config.occupations = {{18.0, 0.5, kSecret}};
  })));
  CHECK_FALSE(knows(shown_of(15.0, [](SimConfig& config) {
    config.thermal.ambient_steps = {{kSecret, 60.0}};
  })));
  // The same spy does see what a board shows: the limit of a request that is there.
  CHECK(knows(
      shown_of(15.0, [](SimConfig& config) { arrivals_of(config)[1].limit_seconds = kSecret; })));
}

TEST_CASE("whatever is to come, a governor is shown the same until then") {
  const auto nothing = [](SimConfig&) {};
  const std::vector<double> shown = shown_of(15.0, nothing);
  REQUIRE(shown.size() > 1000);
  const auto same = [&](const auto& change) { return shown_of(15.0, change) == shown; };
  CHECK(same([](SimConfig& config) { arrivals_of(config).back() = {19.0, 4, 0.1}; }));
  CHECK(same([](SimConfig& config) { arrivals_of(config).pop_back(); }) == false);  // then it ends
  CHECK(same([](SimConfig& config) { config.occupations = {{18.0, 0.5, 9.0}}; }));
  CHECK(same([](SimConfig& config) { config.thermal.ambient_steps = {{18.0, 60.0}}; }));
  CHECK_FALSE(same([](SimConfig& config) { arrivals_of(config)[3].requests = 2; }));
}

TEST_CASE("who looks on sees the truth, and no governor's view or run changes by it") {
  class Watcher final : public EngineWatcher {
   public:
    void see(const EngineMoment& moment) override { seconds = moment.seconds; }
    double seconds = 0.0;
  };
  Watcher watcher;
  CHECK(shown_of(30.0, [&](SimConfig& config) { config.watcher = &watcher; }) ==
        shown_of(30.0, [](SimConfig&) {}));
  CHECK(watcher.seconds > 0.0);
}
