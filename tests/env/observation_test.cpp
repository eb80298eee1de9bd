#include "env/observation.h"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "env/observation_table.h"
#include "tests/support/small_board.h"

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

TEST_CASE("an action's age counts from when it was asked for, and goes on while it is the same") {
  const Fixture f;
  EncoderConfig config;
  config.period_seconds = 0.5;
  config.with_action_age = true;
  ObservationEncoder encoder(config, f.scope);
  std::vector<float> values(encoder.size());
  const auto age = [&](double now, std::vector<Level> action, double t_as) {
    encoder.encode(f.telemetry(now, 0.0, 0), action, t_as, values);
    return f.value(encoder, values, "action_age");
  };
  CHECK(age(1.0, {2, 2}, 0.0) == 1.0F);  // nobody knows since when
  CHECK(age(1.5, {2, 2}, 0.1) == 1.0F);
  CHECK(age(2.0, {1, 2}, 0.1) == Approx(0.4 / 2.0));  // decided at 1.5, asked for at 1.6
  CHECK(age(2.5, {1, 2}, 0.3) == Approx(0.9 / 2.0));
  CHECK(age(3.0, {1, 0}, 0.5) == 0.0F);
  CHECK(age(9.0, {1, 0}, 0.5) == 1.0F);
  encoder.reset();
  CHECK(age(9.5, {0, 0}, 0.5) == 1.0F);
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

TEST_CASE("a feature is found by its id, from a configuration or from a log's names") {
  const Fixture f;
  EncoderConfig config;
  config.with_slack = config.with_limit = config.with_mode = true;
  const ObservationLayout layout(config, f.scope.knobs);
  CHECK(layout.names() == ObservationEncoder(config, f.scope).names());
  const auto named = [&](Feature feature, std::size_t knob) {
    const auto place = layout.offset(feature, knob);
    return place ? layout.names()[*place] : "";
  };
  CHECK(named(Feature::kEffective, 1) == "effective.batch");
  CHECK(named(Feature::kSlack, 0) == "slack");
  CHECK(named(Feature::kLimit, 0) == "limit");
  CHECK(named(Feature::kCeiling, 0) == "ceiling.gpu");
  CHECK(named(Feature::kVectorToGo, 1) == "vector_to_go.batch");
  CHECK_FALSE(layout.offset(Feature::kCeiling, 1));  // the application has no mode
  CHECK_FALSE(layout.offset(Feature::kEta));
  const ObservationLayout logged({"mine", "limit", "ceiling.gpu"}, f.scope.knobs);
  CHECK(*logged.offset(Feature::kLimit) == 1);
  CHECK(*logged.offset(Feature::kCeiling, 0) == 2);
  CHECK_FALSE(logged.offset(Feature::kFloor, 0));
}

TEST_CASE("every row of the table puts its number where the layout says") {
  const Fixture f;
  for (const ObservationRow& row : observation_table()) {
    CAPTURE(row.name);
    EncoderConfig config;
    config.with_effective = config.with_utilization = config.with_previous_action = false;
    config.with_t_as = config.with_vector_to_go = false;
    config.*row.flag = true;
    ObservationEncoder encoder(config, f.scope);
    std::vector<float> values(encoder.size() + 1, -7.0F);
    encoder.encode(f.telemetry(1.0, 0.0, 0), f.previous, 0.5,
                   std::span(values).first(encoder.size()));
    CHECK(values.back() == -7.0F);
    for (std::size_t i = 0; i < encoder.size(); ++i) CHECK(values[i] != -7.0F);
    CHECK(encoder.layout().offset(row.feature));
  }
}

TEST_CASE("an encoder says which telemetry it cannot do without") {
  const Fixture f;
  EncoderConfig config;
  config.with_power = config.with_temperature = true;
  Fixture board = f;
  board.scope.knobs.resize(1);
  board.scope.limits.resize(1);
  const ObservationEncoder encoder(config, board.scope);
  Telemetry telemetry = f.telemetry(1.0, 0.0, 0);
  CHECK_FALSE(encoder.has_required(telemetry));
  telemetry.total_watts.refill(1.0) = 5.0;
  telemetry.temperatures_celsius.refill(1.0) = {40.0};
  CHECK(encoder.has_required(telemetry));
  telemetry.application.clear();
  CHECK(encoder.has_required(telemetry));
  CHECK_FALSE(ObservationEncoder({}, f.scope).has_required(telemetry));  // turns the batch
  telemetry.total_watts.clear();
  CHECK_FALSE(encoder.has_required(telemetry));
  telemetry.total_watts.refill(1.0) = 5.0;
  telemetry.domains.clear();
  CHECK_FALSE(encoder.has_required(telemetry));
}

TEST_CASE("clocks, loads and CPUs that are not shown are not zero, where they are observed") {
  Fixture f;
  f.scope.knobs.resize(1);
  f.scope.limits.resize(1);
  Telemetry telemetry = f.telemetry(1.0, 0.0, 0);
  EncoderConfig config;
  config.with_effective = config.with_utilization = config.with_vector_to_go = false;
  const ObservationEncoder blind(config, f.scope);
  const auto needs = [&](bool EncoderConfig::*flag) {
    EncoderConfig seeing = config;
    seeing.*flag = true;
    const ObservationEncoder encoder(seeing, f.scope);
    CHECK(blind.has_required(telemetry));
    return !encoder.has_required(telemetry);
  };
  CHECK(needs(&EncoderConfig::with_mode));
  CHECK_FALSE(needs(&EncoderConfig::with_effective));
  telemetry.domains.refill(1.0)[0].effective_hz.reset();  // of a knob that is not turned
  CHECK_FALSE(needs(&EncoderConfig::with_effective));
  telemetry.domains.refill(1.0)[1].effective_hz.reset();
  CHECK(needs(&EncoderConfig::with_effective));
  CHECK(needs(&EncoderConfig::with_vector_to_go));
  CHECK_FALSE(needs(&EncoderConfig::with_utilization));
  telemetry.domains.refill(1.0)[1].busy_seconds.reset();
  CHECK(needs(&EncoderConfig::with_utilization));
  telemetry.domains.refill(1.0)[1].utilization = 0.0;
  CHECK_FALSE(needs(&EncoderConfig::with_utilization));
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

TEST_CASE("bandwidth is absent until it is known, then logarithmic, beside importance and lambda") {
  Fixture fixture;
  EncoderConfig config;
  config.with_bandwidth = config.with_top_share = config.with_lambda = true;
  config.bandwidth_scale = 8e6;
  ObservationEncoder encoder(config, fixture.scope);
  std::vector<float> values(encoder.size());
  Telemetry shown = fixture.telemetry(1.0, 0.0, 0);
  encoder.encode(shown, fixture.previous, 0.0, values);
  CHECK(fixture.value(encoder, values, "bandwidth.present") == 0.0F);
  CHECK(fixture.value(encoder, values, "bandwidth") == 0.0F);
  ApplicationTelemetry& application = shown.application.refill(1.0);
  application.bandwidth_bits_per_second = 0.5e6;
  application.top_share = 0.6;
  application.lambda = 0.25;
  encoder.encode(shown, fixture.previous, 0.0, values);
  CHECK(fixture.value(encoder, values, "bandwidth.present") == 1.0F);
  CHECK(fixture.value(encoder, values, "bandwidth") == Approx(0.0).epsilon(1e-6));
  CHECK(fixture.value(encoder, values, "top_share") == Approx(0.6));
  CHECK(fixture.value(encoder, values, "lambda") == 0.25F);
  application.bandwidth_bits_per_second = 8e6;
  encoder.encode(shown, fixture.previous, 0.0, values);
  CHECK(fixture.value(encoder, values, "bandwidth") == Approx(1.0));
}
