#include "env/observation.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <cmath>
#include <vector>

#include "tests/env/sim/small_board.h"

using namespace flyball;
using doctest::Approx;

namespace {

struct Fixture {
  Fixture() {
    const Board board = small_board();
    plant = describe(board, board.modes[0], {});
    plant.has_application = true;
    scope.plant = &plant;
    scope.knobs = {plant.knobs[1], {"batch", {1.0, 2.0, 4.0}, {}}};
    scope.limits = {{0, 2}, {0, 2}};
  }

  // GPU requested at the top and effective in the middle.
  Telemetry telemetry(double time_seconds, double busy_seconds, std::uint64_t arrived) const {
    Telemetry shown;
    shown.time_seconds = time_seconds;
    auto& domains = shown.domains.refill(time_seconds);
    domains.resize(3);
    domains[1].requested_hz = 400e6;
    domains[1].effective_hz = 200e6;
    domains[1].busy_seconds = busy_seconds;
    ApplicationTelemetry& application = shown.application.refill(time_seconds);
    application.arrived = arrived;
    application.queue_length = 64;
    application.batch_recommended = 4.0;
    return shown;
  }

  // The value named `name`.
  float value(const ObservationEncoder& encoder, const std::vector<float>& values,
              const std::string& name) const {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (encoder.names()[i] == name) return values[i];
    }
    FAIL("no value named " << name);
    return 0.0F;
  }

  PlantDescription plant;
  GovernorScope scope;
  std::vector<Level> previous = {2, 2};
};

}  // namespace

TEST_CASE("an observation always holds previous action, thinking time and vector to go") {
  const Fixture f;
  ObservationEncoder encoder({}, f.scope);
  std::vector<float> values(encoder.size());
  encoder.encode(f.telemetry(1.0, 0.0, 0), f.previous, 0.25, values);
  CHECK(f.value(encoder, values, "previous_action.gpu") == 1.0F);
  CHECK(f.value(encoder, values, "t_as") == 0.25F);
  CHECK(f.value(encoder, values, "effective.gpu") == 0.0F);
  CHECK(f.value(encoder, values, "vector_to_go.gpu") == 0.5F);
  CHECK(f.value(encoder, values, "vector_to_go.batch") == 0.0F);
}

TEST_CASE("utilization and arrivals are differences over the encoder's own window") {
  const Fixture f;
  EncoderConfig config;
  config.with_arrivals = true;
  config.rate_scale = 100.0;
  ObservationEncoder encoder(config, f.scope);
  std::vector<float> values(encoder.size());
  encoder.encode(f.telemetry(1.0, 5.0, 1000), f.previous, 0.0, values);
  CHECK(f.value(encoder, values, "arrivals") == 0.0F);  // no window yet
  encoder.encode(f.telemetry(3.0, 5.5, 1200), f.previous, 0.0, values);
  CHECK(f.value(encoder, values, "utilization.gpu") == Approx(0.25));
  CHECK(f.value(encoder, values, "arrivals") == Approx(1.0));  // 100 per second
  encoder.reset();
  encoder.encode(f.telemetry(4.0, 6.0, 1200), f.previous, 0.0, values);
  CHECK(f.value(encoder, values, "utilization.gpu") == 0.0F);
}

TEST_CASE("what is absent encodes as zero with its flag down") {
  const Fixture f;
  EncoderConfig config;
  config.with_slack = true;
  config.with_queue = true;
  ObservationEncoder encoder(config, f.scope);
  std::vector<float> values(encoder.size());
  Telemetry telemetry = f.telemetry(1.0, 0.0, 0);
  encoder.encode(telemetry, f.previous, 0.0, values);
  CHECK(f.value(encoder, values, "slack.present") == 0.0F);
  CHECK(f.value(encoder, values, "slack") == 0.0F);
  CHECK(f.value(encoder, values, "queue") == Approx(1.0));
  telemetry.application.refill(1.0).slack_seconds = -5.0;
  encoder.encode(telemetry, f.previous, 0.0, values);
  CHECK(f.value(encoder, values, "slack.present") == 1.0F);
  CHECK(f.value(encoder, values, "slack") == Approx(-std::asinh(100.0) / std::asinh(200.0)));
  telemetry.application.clear();
  encoder.encode(telemetry, f.previous, 0.0, values);
  CHECK(f.value(encoder, values, "queue") == 0.0F);
}

TEST_CASE("the layout is the one that the header documents") {
  const Fixture f;
  EncoderConfig config;
  config.with_queue = config.with_arrivals = config.with_slack = config.with_deadline = true;
  config.with_power = config.with_temperature = config.with_eta = true;
  const ObservationEncoder encoder(config, f.scope);
  const std::vector<std::string> expected = {"effective.gpu",
                                             "effective.batch",
                                             "utilization.gpu",
                                             "queue",
                                             "arrivals",
                                             "slack.present",
                                             "slack",
                                             "deadline.present",
                                             "deadline",
                                             "power",
                                             "temperature",
                                             "eta",
                                             "previous_action.gpu",
                                             "previous_action.batch",
                                             "t_as",
                                             "vector_to_go.gpu",
                                             "vector_to_go.batch"};
  CHECK(encoder.names() == expected);
}

TEST_CASE("the preference and the mode's limits are in the observation, and can be read back") {
  Fixture f;
  EncoderConfig config;
  config.with_eta = config.with_limit = config.with_mode = true;
  config.eta = 0.25;
  config.limit = 0.2;
  config.limit_scale = 0.1;
  ObservationEncoder encoder(config, f.scope);
  std::vector<float> values(encoder.size());
  Telemetry telemetry = f.telemetry(1.0, 0.0, 0);
  telemetry.cpus.refill(1.0).assign(4, {});
  (*telemetry.cpus.refill(1.0).rbegin()).online = false;
  encoder.encode(telemetry, f.previous, 0.0, values);
  CHECK(f.value(encoder, values, "eta") == 0.25F);
  CHECK(f.value(encoder, values, "limit") == Approx(std::log(2.0)));
  CHECK(f.value(encoder, values, "cpus_online") == 0.75F);
  const Knob& gpu = f.scope.knobs.front();
  const LevelRange before = f.scope.limits.front();
  CHECK(decoded_level(gpu, f.value(encoder, values, "floor.gpu")) == before.floor);
  CHECK(decoded_level(gpu, f.value(encoder, values, "ceiling.gpu")) == before.ceiling);
  std::vector<LevelRange> limits = f.scope.limits;
  limits.front() = {1, 1};
  encoder.set_limits(limits);
  encoder.encode(telemetry, f.previous, 0.0, values);
  CHECK(decoded_level(gpu, f.value(encoder, values, "floor.gpu")) == 1);
  CHECK(decoded_level(gpu, f.value(encoder, values, "ceiling.gpu")) == 1);
  const auto& names = encoder.names();
  CHECK(std::find(names.begin(), names.end(), "ceiling.batch") == names.end());
}

TEST_CASE("an encoder refuses a plant that never gives what it needs") {
  Fixture f;
  f.plant.has_application = false;
  EncoderConfig config;
  config.with_queue = true;
  CHECK_THROWS_AS(ObservationEncoder(config, f.scope), std::invalid_argument);
}

TEST_CASE("an encoder config's error names the key") {
  EncoderConfig config;
  config.queue_scale = 0.0;
  CHECK_THROWS_WITH_AS(validate(config), "encoder.queue_scale = 0: must be > 0",
                       std::invalid_argument);
}
