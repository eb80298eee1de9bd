#include "controllers/fine_tuning_governor.h"

#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <vector>

#include "tests/support/fake_plant.h"

using namespace flyball;
using doctest::Approx;

namespace {

constexpr Level kNone = 0;
constexpr Level kBetween = 1;
constexpr Level kBeside = 2;

// The GPU at its lowest or highest clock: 0.1 or 0.05 s a request, 0.4 or 0.2 s a minibatch. Beside
// one another requests take twice as long. The high clock costs twice the energy.
FineTuningPlan two_rows() {
  FineTuningPlan plan;
  plan.knobs = {"gpu"};
  plan.rows = {{{0}, 0.1, 0.4, 1.0, 2.0, 2.0}, {{2}, 0.05, 0.2, 2.0, 8.0, 8.0}};
  return plan;
}

FineTuningConfig plain_config() {
  FineTuningConfig config;
  config.margin = 0.0;
  return config;
}

// A plant of the GPU and the knob, and an application whose figures are set by hand.
class Bench {
 public:
  explicit Bench(FineTuningPlan plan = two_rows(), FineTuningConfig config = plain_config())
      : description_(described()), governor_(std::move(plan), config) {
    governor_.reset(scope_over(description_, std::vector<std::size_t>{1, 3}));
    shown_.minibatches_waiting = 10.0;
    shown_.deadline_seconds = 1.0;
  }

  // Requests one by one, a second apart, each served alone; the last decision.
  Setting serve(int requests, double latency_seconds = 0.05) {
    Setting setting;
    for (int i = 0; i < requests; ++i) {
      ++shown_.arrived;
      shown_.queue_length = 1;
      shown_.latency_mean_seconds.reset();
      setting = decide(0.1);
      ++shown_.served;
      shown_.queue_length = 0;
      shown_.latency_mean_seconds = latency_seconds;
      setting = decide(0.9);
    }
    return setting;
  }
  Setting decide(double later_seconds) {
    now_ += later_seconds;
    Telemetry telemetry;
    telemetry.time_seconds = now_;
    telemetry.application.refill(now_) = shown_;
    return governor_.decide({telemetry}).setting;
  }
  ApplicationTelemetry& shown() { return shown_; }
  FineTuningGovernor& governor() { return governor_; }
  const PlantDescription& description() const { return description_; }

 private:
  static PlantDescription described() {
    PlantDescription description = FakePlant().description();
    description.knobs.push_back({kFineTuningKnob, {0.0, 1.0, 2.0}, {}});
    description.limits.push_back({0, 2});
    return description;
  }

  PlantDescription description_;
  FineTuningGovernor governor_;
  ApplicationTelemetry shown_;
  double now_ = 0.0;
};

Level way(const Setting& setting) { return setting[1].floor; }
Level gpu(const Setting& setting) { return setting[0].floor; }

}  // namespace

TEST_CASE("where the limit is far, fine-tuning runs at the clock that makes it fastest") {
  Bench bench;
  const Setting setting = bench.serve(5);
  CHECK(way(setting) != kNone);
  CHECK(gpu(setting) == 2);  // the other one is half as fast, whatever it saves
}

TEST_CASE("less than the fastest may do where it is asked for, and then the cheapest counts") {
  FineTuningConfig config = plain_config();
  config.fastest_share = 0.4;
  Bench bench(two_rows(), config);
  const Setting setting = bench.serve(5);
  CHECK(way(setting) != kNone);
  CHECK(gpu(setting) == 0);
}

TEST_CASE("where neither way keeps the limit no minibatch runs, and inference is cheapest") {
  Bench bench;
  bench.shown().deadline_seconds = 0.06;  // alone only, at the high clock
  CHECK(way(bench.serve(5)) == kNone);
  CHECK(gpu(bench.serve(1)) == 2);
  bench.shown().deadline_seconds = 0.2;
  bench.shown().minibatches_waiting = 0.0;
  CHECK(gpu(bench.serve(5)) == 0);
}

TEST_CASE("the way that keeps the limit is taken: beside long minibatches, between short ones") {
  Bench beside;
  beside.shown().deadline_seconds = 0.22;  // 0.1 s beside, 0.25 s between, and some wait
  CHECK(way(beside.serve(5)) == kBeside);
  FineTuningPlan plan = two_rows();
  for (ServingRow& row : plan.rows) row.minibatch_seconds = 0.02;
  Bench between(plan);
  between.shown().deadline_seconds = 0.1;  // 0.1 s beside, 0.07 s between, and some wait
  CHECK(way(between.serve(5)) == kBetween);
}

TEST_CASE("more load than can be served beside a minibatch forbids it") {
  FineTuningPlan plan = two_rows();
  plan.rows.erase(plan.rows.begin());
  plan.rows.front().request_seconds = 0.6;  // 1.2 s beside one, a request a second
  Bench bench(plan);
  bench.shown().deadline_seconds = 100.0;
  CHECK(way(bench.serve(20, 0.6)) == kBetween);
}

TEST_CASE("nothing starts before arrivals and limit are known, or without minibatches") {
  Bench bench;
  CHECK(way(bench.decide(0.1)) == kNone);
  for (int i = 0; i < 100; ++i) CHECK(way(bench.decide(0.1)) == kNone);  // no request, no limit
  CHECK(way(bench.serve(1)) != kNone);
  bench.shown().minibatches_waiting = 0.0;
  CHECK(way(bench.decide(0.1)) == kNone);
}

TEST_CASE("requests that pile up stop fine-tuning at once, at the fastest clock") {
  Bench bench;
  bench.shown().deadline_seconds = 0.35;
  REQUIRE(way(bench.serve(5)) == kBeside);
  bench.shown().arrived += 8;
  bench.shown().queue_length = 8;  // 0.4 s at least
  const Setting stopped = bench.decide(0.1);
  CHECK(way(stopped) == kNone);
  CHECK(gpu(stopped) == 2);
  bench.shown().served += 7;
  bench.shown().queue_length = 1;
  CHECK(way(bench.decide(5.0)) == kBeside);
}

TEST_CASE("too many late requests stop it for a while, and longer the next time") {
  Bench bench;
  REQUIRE(way(bench.serve(5)) != kNone);
  const auto late = [&] {
    bench.shown().arrived += 3;
    bench.shown().served += 3;
    bench.shown().missed += 3;
    return way(bench.decide(0.1));
  };
  const auto seconds_held = [&] {
    int tenths = 0;
    while (way(bench.decide(0.1)) == kNone) ++tenths;
    return tenths;
  };
  CHECK(late() == kNone);
  CHECK(seconds_held() == doctest::Approx(20).epsilon(0.11));
  CHECK(late() == kNone);
  CHECK(seconds_held() == doctest::Approx(40).epsilon(0.11));
}

TEST_CASE("a request that was alone calibrates the profile, one beside minibatches the predictor") {
  FineTuningPlan plan = two_rows();
  for (ServingRow& row : plan.rows) row.minibatch_seconds *= 10.0;  // too long for between
  Bench bench(plan);
  bench.shown().minibatches_waiting = 0.0;
  bench.serve(40, 0.2);  // the profile says 0.1 at the low clock
  CHECK(bench.governor().request_scale() == Approx(2.0).epsilon(0.02));
  bench.shown().minibatches_waiting = 100.0;
  bench.shown().deadline_seconds = 1.5;
  REQUIRE(way(bench.serve(3, 0.3)) == kBeside);
  REQUIRE(gpu(bench.serve(1, 0.3)) == 2);
  bench.serve(30, 0.3);  // three times 2 x 0.05
  CHECK(bench.governor().predictor().slowdown({}) == Approx(3.0).epsilon(0.05));
}

TEST_CASE("what the mode does not allow is not chosen, of clocks and of ways") {
  Bench bench;
  PlantDescription description = bench.description();
  description.limits[1] = {0, 1};
  description.limits[3] = {0, 1};
  bench.governor().reset(scope_over(description, std::vector<std::size_t>{1, 3}));
  const Setting setting = bench.serve(5);
  CHECK(gpu(setting) == 0);
  CHECK(way(setting) == kBetween);
}

TEST_CASE("without the application's figures no minibatch runs and the residents have the clocks") {
  Bench bench;
  REQUIRE(way(bench.serve(5)) != kNone);
  const Setting setting = bench.governor().decide({Telemetry{}}).setting;
  CHECK(way(setting) == kNone);
  CHECK(setting[0] == bench.description().limits[1]);
}

TEST_CASE("an application that begins anew is not taken for a flood of requests") {
  Bench bench;
  REQUIRE(way(bench.serve(5)) != kNone);
  bench.shown().arrived = bench.shown().served = 0;
  CHECK(way(bench.decide(0.1)) != kNone);
  CHECK(way(bench.serve(3)) != kNone);
}

TEST_CASE("a scope without the knob, plans without rows or of other knobs are refused") {
  const FakePlant plant;
  FineTuningGovernor governor(two_rows(), {});
  CHECK_THROWS_AS(governor.reset(scope_over(plant.description(), std::vector<std::size_t>{1, 2})),
                  std::invalid_argument);
  CHECK_THROWS_AS(governor.reset(scope_over(plant.description(), std::vector<std::size_t>{1})),
                  std::invalid_argument);
  CHECK_THROWS_AS(FineTuningGovernor({}, {}), std::invalid_argument);
  FineTuningPlan plan = two_rows();
  plan.rows.front().levels.push_back(0);
  CHECK_THROWS_AS(FineTuningGovernor(plan, {}), std::invalid_argument);
}
