#include "env/fitting/log_samples.h"

#include <doctest/doctest.h>

using namespace flyball;

namespace {

Telemetry reading(double time, double watts, double gpu_hz, std::uint64_t served) {
  Telemetry telemetry;
  telemetry.time_seconds = time;
  telemetry.total_watts.refill(time) = watts;
  telemetry.domains.refill(time).resize(1);
  telemetry.domains.refill(time)[0].effective_hz = gpu_hz;
  ApplicationTelemetry& application = telemetry.application.refill(time);
  application.served = served;
  application.arrived = served;
  return telemetry;
}

}  // namespace

TEST_CASE("energy is the trapezoid of the readings, and absent where one is") {
  LogSampler sampler(0);
  std::vector<LogSample> samples = {sampler.sample(reading(0.0, 2.0, 1e8, 0)),
                                    sampler.sample(reading(1.0, 4.0, 3e8, 0)),
                                    sampler.sample(reading(3.0, 4.0, 9e8, 0))};
  CHECK(figures_of(samples).energy_joules == doctest::Approx(3.0 + 8.0));
  CHECK(figures_of(samples).gpu_hz == doctest::Approx((1e8 + 2.0 * 3e8) / 3.0));
  samples[1].watts.reset();
  CHECK_FALSE(figures_of(samples).energy_joules.has_value());
}

TEST_CASE("a row's latencies keep their sum and their largest") {
  LogSampler sampler(std::nullopt);
  Telemetry second = reading(1.0, 1.0, 0.0, 4);
  second.application.refill(1.0).latency_mean_seconds = 0.25;
  second.application.refill(1.0).latency_max_seconds = 0.4;
  const std::vector<LogSample> samples = {sampler.sample(reading(0.0, 1.0, 0.0, 0)),
                                          sampler.sample(second)};
  const StretchFigures figures = figures_of(samples);
  REQUIRE(figures.sorted_latencies.size() == 4);
  CHECK(figures.latency_seconds(0.95) == 0.4);
  CHECK(figures.latency_seconds(0.5) == doctest::Approx(0.2));
  CHECK_FALSE(figures.gpu_hz.has_value());
}

TEST_CASE("where only the load is shown, busy time is its sum") {
  LogSampler sampler(0);
  Telemetry second = reading(2.0, 1.0, 1e8, 0);
  second.domains.refill(2.0)[0].utilization = 0.25;
  Telemetry first = reading(0.0, 1.0, 1e8, 0);
  first.domains.refill(0.0)[0].utilization = 0.9;  // of before the log
  const std::vector<LogSample> samples = {sampler.sample(first), sampler.sample(second)};
  CHECK(figures_of(samples).gpu_busy == doctest::Approx(0.25));
}

TEST_CASE("blocks are as long in time, and nothing is lost or counted twice") {
  LogSampler sampler(0);
  std::vector<LogSample> samples;
  for (int i = 0; i <= 100; ++i) samples.push_back(sampler.sample(reading(0.1 * i, 5.0, 1e8, i)));
  double joules = 0.0;
  std::uint64_t served = 0;
  const auto blocks = cut_in_time(samples, 7);
  CHECK(blocks.size() == 7);
  for (const auto& block : blocks) {
    joules += *figures_of(block).energy_joules;
    served += figures_of(block).served;
  }
  CHECK(joules == doctest::Approx(50.0));
  CHECK(served == 100);
}

TEST_CASE("stretches pooled are sums, means by time and all latencies") {
  StretchFigures first;
  first.seconds = 1.0;
  first.energy_joules = 5.0;
  first.gpu_hz = 1e8;
  first.gpu_busy = 0.5;
  first.cpu_busy = 1.0;
  first.served = 2;
  first.sorted_latencies = {0.1, 0.3};
  StretchFigures second = first;
  second.seconds = 3.0;
  second.gpu_hz = 5e8;
  second.cpu_busy = 2.0;
  second.sorted_latencies = {0.2};
  const StretchFigures stretches[] = {first, second};
  const StretchFigures all = pooled(stretches);
  CHECK(all.seconds == 4.0);
  CHECK(all.energy_joules == doctest::Approx(10.0));
  CHECK(all.gpu_hz == doctest::Approx(4e8));
  CHECK(all.cpu_busy == doctest::Approx(1.75));
  CHECK(all.served == 4);
  CHECK(all.sorted_latencies == std::vector<double>{0.1, 0.2, 0.3});
  second.energy_joules.reset();
  const StretchFigures lacking[] = {first, second};
  CHECK_FALSE(pooled(lacking).energy_joules.has_value());
}

TEST_CASE(
    "latencies of requests that did not see the server tune itself are kept beside those of all") {
  std::vector<LogSample> samples(4);
  const double latencies[] = {0.0, 0.5, 5.0, 0.7};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i].time_seconds = static_cast<double>(i);
    samples[i].served = i;
    samples[i].latency_mean_seconds = latencies[i];
  }
  samples[2].tuned_meanwhile = true;
  const StretchFigures figures = figures_of(samples);
  CHECK(figures.sorted_latencies == std::vector<double>{0.5, 0.7, 5.0});
  CHECK(figures.untuned_latencies == std::vector<double>{0.5, 0.7});
  CHECK(figures.latency_seconds(0.95) == 5.0);
  CHECK(figures.untuned_latency_seconds(0.95) == 0.7);
  const StretchFigures twice = pooled(std::vector<StretchFigures>{figures, figures});
  CHECK(twice.sorted_latencies.size() == 6);
  CHECK(twice.untuned_latencies == std::vector<double>{0.5, 0.5, 0.7, 0.7});
}
