#include "controllers/search/sample_meter.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/fake_plant.h"

using namespace flyball;

namespace {

// Batches of four, back to back: each takes `seconds`, all requests of a batch end together.
class Batches {
 public:
  explicit Batches(double seconds) : seconds_(seconds) {}

  double power_every = 0.0;  // seconds; 0: at every reading
  double (*watts)(double now) = [](double) { return 10.0; };
  double (*factor)(std::uint64_t batch) = [](std::uint64_t) { return 1.0; };  // of its latency

  void fill(double now, Telemetry& telemetry) {
    telemetry.time_seconds = now;
    const auto done = static_cast<std::uint64_t>(now / seconds_);
    ApplicationTelemetry& application = telemetry.application.refill(now);
    application.served = 4 * done;
    application.batches = done;
    application.in_system_seconds = 4.0 * now;
    application.queue_length = 4;
    application.latency_mean_seconds = done > done_ ? std::optional(seconds_) : std::nullopt;
    done_ = done;
    if (!telemetry.total_watts || now - read_ >= power_every) {
      read_ = now;
      telemetry.total_watts.refill(now) = watts(now);
    }
  }

 private:
  double seconds_;
  std::uint64_t done_ = 0;
  double read_ = 0.0;
};

SampleReading measure(Batches& batches, const SampleMeterConfig& config, double* took = nullptr) {
  SampleMeter meter(config);
  Telemetry telemetry;
  double now = 3.33;  // in the middle of a batch
  batches.fill(now, telemetry);
  meter.begin(telemetry);
  while (!meter.is_done()) {
    now += 0.1;
    batches.fill(now, telemetry);
    meter.look(telemetry);
  }
  if (took != nullptr) *took = now - 3.33;
  REQUIRE(meter.reading());
  return *meter.reading();
}

}  // namespace

TEST_CASE("latency and energy per request do not depend on where in a batch the time begins") {
  for (const double seconds : {0.031, 0.27, 0.9}) {
    Batches batches(seconds);
    const SampleReading reading = measure(batches, {});
    CAPTURE(seconds);
    CHECK(reading.seconds == doctest::Approx(seconds));
    CHECK(reading.joules == doctest::Approx(10.0 * seconds / 4.0));
  }
}

TEST_CASE("a slow power sensor makes a sample longer, not wrong") {
  Batches batches(0.2);
  batches.power_every = 1.7;
  double took = 0.0;
  const SampleReading reading = measure(batches, {}, &took);
  CHECK(reading.joules == doctest::Approx(0.5));
  CHECK(took >= 3.4);
}

TEST_CASE("the lag of the sensor is undone") {
  Batches batches(0.2);
  batches.watts = [](double now) { return 10.0 + 8.0 * std::exp(-(now - 3.33) / 0.42); };
  SampleMeterConfig config;
  config.error = 1.0;
  config.least_seconds = 3.0;
  CHECK(measure(batches, config).joules == doctest::Approx(0.5).epsilon(0.02));
}

TEST_CASE("noise is averaged until the error is small enough, or the time is up") {
  Batches batches(0.2);
  batches.watts = [](double now) { return 10.0 + std::sin(37.0 * now) + std::cos(1.3 * now); };
  SampleMeterConfig config;
  double coarse = 0.0;
  config.error = 0.05;
  measure(batches, config, &coarse);
  double fine = 0.0;
  config.error = 0.01;
  CHECK(measure(batches, config, &fine).error <= 0.01);
  CHECK(fine > 1.5 * coarse);
  config.error = 1e-9;
  config.most_seconds = 5.0;
  CHECK(measure(batches, config, &fine).error > 1e-3);
  CHECK(fine == doctest::Approx(5.0).epsilon(0.03));
}

TEST_CASE("slow and fast batches in turns are no noise, and a few of them are no sample") {
  Batches batches(0.2);
  batches.factor = [](std::uint64_t batch) { return batch % 4 == 0 ? 2.2 : 0.6; };
  double took = 0.0;
  const SampleReading reading = measure(batches, {}, &took);
  CHECK(reading.seconds == doctest::Approx(0.2).epsilon(0.01));
  CHECK(reading.error <= 0.005);
  CHECK(took >= 4.5);  // 24 batches
  CHECK(took < 20.0);
}

TEST_CASE("where nothing is served the time waited stands for the latency") {
  Batches batches(1000.0);
  SampleMeterConfig config;
  config.most_seconds = 8.0;
  CHECK(measure(batches, config).seconds >= 8.0);
}
