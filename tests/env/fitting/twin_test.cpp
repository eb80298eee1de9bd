#include "env/fitting/twin.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "env/errors.h"
#include "tests/env/fitting/simulated_log.h"
#include "tests/support/error_text.h"

using namespace flyball;
using doctest::Approx;

namespace {

TwinConfig quick_config() {
  TwinConfig config;
  config.iterations = 1;
  return config;
}

Twin fit(const TelemetryLog& log, const TwinConfig& config, const TwinProgress& progress = {}) {
  const TwinLog source{log.header, log.rows};
  return fit_twin({&source, 1}, small_board_config(), {}, config, progress);
}

// A second apart, at `watts` each.
std::vector<LogSample> samples_of(const std::vector<double>& watts) {
  std::vector<LogSample> samples(watts.size());
  for (std::size_t i = 0; i < watts.size(); ++i) {
    samples[i].time_seconds = static_cast<double>(i);
    samples[i].watts = watts[i];
  }
  return samples;
}

}  // namespace

TEST_CASE("what was fitted and what was held out are compared apart, and meet in one reading") {
  TwinReplay twin;
  twin.fitted_rows = 3;
  twin.logged = samples_of({4.0, 4.0, 4.0, 4.0, 4.0});
  twin.replayed = samples_of({4.0, 4.0, 4.0, 6.0, 6.0});
  CHECK(twin.fitted().log.seconds == 2.0);
  CHECK(twin.held_out().log.seconds == 2.0);
  CHECK(twin.fitted().energy_error().value() == 0.0);
  CHECK(twin.held_out().log.energy_joules.value() == Approx(8.0));
  CHECK(twin.held_out().replay.energy_joules.value() == Approx(5.0 + 6.0));
}

TEST_CASE("a log that is shorter than a minute is refused") {
  CHECK(error_text([] { fit(simulated_log(60.0), quick_config()); }) ==
        "the log is shorter than a minute: too short to hold a part of it out");
  CHECK_THROWS_AS(fit(simulated_log(30.0), quick_config()), DataError);
}

TEST_CASE("a log whose fitted part serves too few requests is refused") {
  TwinConfig config = quick_config();
  config.held_out_share = 0.9;
  CHECK(error_text([&] { fit(simulated_log(90.0), config); }) ==
        "too few requests to fit a twin to");
}

TEST_CASE("a search that is told to stop stops, and leaves nothing") {
  int asked = 0;
  const TwinProgress stop = [&](double) { return ++asked < 3; };
  CHECK_THROWS_WITH_AS(fit(simulated_log(90.0), quick_config(), stop),
                       "interrupted; nothing was written", Interrupted);
  CHECK(asked == 3);
}

TEST_CASE("a twin replays its log better than the beliefs that it began with, and tells how far") {
  const TelemetryLog log = simulated_log(90.0);
  double last = 0.0;
  const Twin twin = fit(log, quick_config(), [&](double share) {
    CHECK(share >= last);
    CHECK(share <= 1.0);
    last = share;
    return true;
  });
  CHECK(last > 0.0);
  REQUIRE(twin.logs.size() == 1);
  const TwinReplay& replay = twin.logs[0];
  CHECK(replay.logged.size() == log.rows.size());
  CHECK(replay.replayed.size() == log.rows.size());
  CHECK(static_cast<double>(replay.fitted_rows) ==
        Approx(0.7 * static_cast<double>(log.rows.size())).epsilon(0.01));
  CHECK(twin.parameters.rails.size() == small_board().rails.size());
  CHECK(replay.fitted().replay.served >= replay.fitted().log.served - 1);
  CHECK(std::abs(replay.fitted().energy_error().value()) < 0.05);
  CHECK(std::abs(replay.held_out().energy_error().value()) < 0.05);
}

TEST_CASE("the same log makes the same twin, to the bit") {
  const TelemetryLog log = simulated_log(90.0);
  const Twin first = fit(log, quick_config());
  const Twin second = fit(log, quick_config());
  CHECK(first.parameters.time.gpu.per_request == second.parameters.time.gpu.per_request);
  CHECK(first.parameters.power.base_watts == second.parameters.power.base_watts);
  CHECK(first.serving.gpu_railgates == second.serving.gpu_railgates);
  for (std::size_t i = 0; i < first.logs[0].replayed.size(); ++i) {
    REQUIRE(first.logs[0].replayed[i].watts == second.logs[0].replayed[i].watts);
  }
}

TEST_CASE("one twin of two logs replays both, each held out by itself") {
  const TelemetryLog first = simulated_log(90.0);
  const TelemetryLog second = simulated_log(120.0, {Level{0}, Level{2}, std::nullopt});
  const std::vector<TwinLog> sources = {{first.header, first.rows}, {second.header, second.rows}};
  const Twin twin = fit_twin(sources, small_board_config(), {}, quick_config(), {});
  REQUIRE(twin.logs.size() == 2);
  CHECK(twin.searched_seconds == Approx(0.7 * (90.0 + 120.0)).epsilon(0.02));
  CHECK(twin.logs[1].logged.size() == second.rows.size());
  for (const TwinReplay& log : twin.logs) {
    CHECK(std::abs(log.held_out().energy_error().value()) < 0.05);
    CHECK(static_cast<double>(log.fitted_rows) ==
          Approx(0.7 * static_cast<double>(log.logged.size())).epsilon(0.02));
  }
}

TEST_CASE("of a long log stretches are searched that lie evenly in it, and all of it is judged") {
  const TelemetryLog log = simulated_log(400.0);
  TwinConfig config = quick_config();
  config.most_fitted_seconds = 70.0;
  const Twin twin = fit(log, config);
  CHECK(twin.searched_seconds == Approx(70.0).epsilon(0.02));
  CHECK(twin.logs[0].replayed.size() == log.rows.size());
  CHECK(std::abs(twin.logs[0].held_out().energy_error().value()) < 0.05);
}
