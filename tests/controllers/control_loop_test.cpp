#include "controllers/control_loop.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "controllers/fixed_governor.h"
#include "controllers/random_governor.h"
#include "env/environment.h"
#include "tests/support/allocation_counter.h"
#include "tests/support/fake_plant.h"
#include "tests/support/small_board.h"

using namespace flyball;

namespace {

// Pins one level after the other on every knob, and notes the t_AS that it is told.
class SteppingGovernor final : public Governor {
 public:
  std::string_view name() const override { return "stepping"; }
  void reset(const GovernorScope& scope) override { knobs_ = scope.knobs.size(); }
  Decision decide(const GovernorInput& input) override {
    think_seconds = input.think_seconds;
    Setting setting;
    setting.resize(knobs_);
    const auto level = static_cast<Level>(decisions_++ % 3);
    for (std::size_t k = 0; k < knobs_; ++k) setting[k] = {level, level};
    return {setting};
  }
  Period period() const override { return {1.0, false}; }

  double think_seconds = -1.0;

 private:
  std::size_t knobs_ = 0;
  int decisions_ = 0;
};

LoopConfig config_of(double period, double sample) {
  LoopConfig config;
  config.period_seconds = period;
  config.sample_seconds = sample;
  return config;
}

const std::vector<std::size_t> kBoard = {0, 1};

}  // namespace

TEST_CASE("the loop samples and decides on absolute deadlines") {
  FakePlant plant;
  SteppingGovernor governor;
  RowCollector sink;
  ControlLoop loop(plant, &governor, kBoard, config_of(1.0, 0.25), &sink);
  const LoopReport report = loop.run({}, 3.0);
  CHECK(report.ticks == 12);
  CHECK(report.decisions == 3);
  CHECK(report.overruns == 0);
  CHECK(report.seconds == 3.0);
  REQUIRE(sink.rows.size() == 12);
  for (std::size_t i = 0; i < 12; ++i) {
    CHECK(sink.rows[i].telemetry.time_seconds == 0.25 * static_cast<double>(i));
    CHECK(sink.rows[i].period_seconds == 0.25);
    CHECK(sink.rows[i].decided == (i % 4 == 0));
    CHECK(sink.rows[i].decided_by == DecidedBy::kPolicy);
    REQUIRE(sink.rows[i].setting);
    CHECK((*sink.rows[i].setting)[1].floor == i / 4);
  }
  CHECK(sink.rows.back().truncated);
  CHECK_FALSE(sink.rows.back().terminated);
  CHECK_FALSE(sink.rows.front().truncated);
}

TEST_CASE(
    "what cannot wait is applied at the next reading, once, and the periods go on as before") {
  FakePlant plant;
  SteppingGovernor governor;
  RowCollector sink;
  LoopConfig config = config_of(10.0, 0.1);
  int asked = 0;
  config.decide_early = [&](const Telemetry& telemetry) -> std::optional<Decision> {
    ++asked;
    if (telemetry.time_seconds < 3.0) return std::nullopt;
    return Decision{Setting::pinned(std::vector<Level>{2, 2}), DecidedBy::kResident, {}};
  };
  ControlLoop loop(plant, &governor, kBoard, config, &sink);
  CHECK(loop.run({}, 10.1).decisions == 3);
  REQUIRE(plant.applied().size() == 3);
  CHECK(plant.applied()[1].time_seconds == doctest::Approx(3.0));
  CHECK(plant.applied()[1].setting == Setting::pinned(std::vector<Level>{2, 2}));
  CHECK(plant.applied()[2].time_seconds == doctest::Approx(10.0));
  CHECK(sink.rows[30].decided);
  CHECK(sink.rows[30].decided_by == DecidedBy::kResident);
  CHECK_FALSE(sink.rows[31].decided);
  CHECK(asked == 30);  // not while the residents decide
}

TEST_CASE("a simulated decision takes its time while the old setting runs") {
  FakePlant plant;
  SteppingGovernor governor;
  RowCollector sink;
  LoopConfig config = config_of(1.0, 0.5);
  config.simulated_think_seconds = 0.02;
  ControlLoop loop(plant, &governor, kBoard, config, &sink);
  loop.run({}, 2.0);
  REQUIRE(plant.applied().size() == 2);
  CHECK(plant.applied()[1].time_seconds == doctest::Approx(1.02));
  CHECK(governor.think_seconds == doctest::Approx(0.02));  // what the first decision took
  CHECK(*sink.rows[2].t_as_seconds == doctest::Approx(0.02));
  CHECK(*sink.rows[2].effect_seconds == doctest::Approx(0.025));  // the GPU's 5 ms
  CHECK_FALSE(sink.rows[1].t_as_seconds);
  CHECK(sink.rows[2].period_seconds == doctest::Approx(0.5));  // deadlines do not drift
}

TEST_CASE("a decision takes one of the measured times, each as often, the same for the same seed") {
  const auto times = [](std::uint64_t seed) {
    FakePlant plant;
    SteppingGovernor governor;
    RowCollector sink;
    LoopConfig config = config_of(1.0, 0.5);
    config.simulated_think_seconds = Delays(std::vector<double>{0.01, 0.02, 0.05});
    config.seed = seed;
    ControlLoop loop(plant, &governor, kBoard, config, &sink);
    loop.run({}, 600.0);
    std::vector<double> seconds;
    for (const TelemetryRow& row : sink.rows) {
      if (row.t_as_seconds) seconds.push_back(1e-3 * std::round(1e3 * *row.t_as_seconds));
    }
    return seconds;
  };
  const std::vector<double> drawn = times(1);
  REQUIRE(drawn.size() == 600);
  for (const double value : {0.01, 0.02, 0.05}) {
    CHECK(static_cast<double>(std::count(drawn.begin(), drawn.end(), value)) ==
          doctest::Approx(200.0).epsilon(0.2));
  }
  CHECK(times(1) == drawn);
  CHECK(times(2) != drawn);
}

TEST_CASE("where a simulated plant knows when clocks follow, the row says so") {
  FakePlant plant;
  SteppingGovernor governor;
  RowCollector sink;
  LoopConfig config = config_of(1.0, 0.5);
  config.simulated_think_seconds = 0.02;
  config.simulated_effect_time = [&] { return plant.timeline().now_seconds() + 0.03; };
  ControlLoop loop(plant, &governor, kBoard, config, &sink);
  loop.run({}, 2.0);
  CHECK(*sink.rows[2].effect_seconds == doctest::Approx(0.05));
}

TEST_CASE("what a decision really takes is measured on the plant's timeline") {
  FakePlantScript script;
  script.read_seconds = 0.003;
  script.apply_seconds = 0.004;
  FakePlant plant(script);
  FixedGovernor governor({{"gpu", 4e8}});
  RowCollector sink;
  ControlLoop loop(plant, &governor, kBoard, config_of(0.5, 0.5), &sink);
  const LoopReport report = loop.run({}, 1.5);
  CHECK(*sink.rows[1].t_as_seconds == doctest::Approx(0.007));
  CHECK(sink.rows[1].effect_seconds == sink.rows[1].t_as_seconds);  // nothing had to move
  CHECK(report.late.max_seconds == 0.0);
  CHECK(report.tick.count == report.ticks);
  CHECK(report.tick.mean_seconds > report.decide.mean_seconds);
}

TEST_CASE("costs are split at the effect: in proportion to time, or by a reading at that moment") {
  FakePlantScript script;
  script.watts = [](double t) { return t < 0.1 ? 20.0 : 10.0; };
  LoopConfig config = config_of(1.0, 0.5);
  config.simulated_think_seconds = 0.095;  // effective 5 ms later, at 0.1
  for (const bool snapshot : {false, true}) {
    CAPTURE(snapshot);
    config.snapshot_at_effect = snapshot;
    FakePlant plant(script);
    SteppingGovernor governor;
    RowCollector sink;
    ControlLoop loop(plant, &governor, kBoard, config, &sink);
    loop.run({}, 1.0);
    const TelemetryRow& row = sink.rows[0];
    CHECK(row.before_effect.seconds == doctest::Approx(0.1));
    CHECK(row.after_effect.seconds == doctest::Approx(0.4));
    CHECK(row.before_effect.in_system_seconds == doctest::Approx(0.2));
    CHECK(row.at_effect.has_value() == snapshot);
    const double whole = *row.before_effect.energy_joules + *row.after_effect.energy_joules;
    if (snapshot) {
      CHECK(row.at_effect->time_seconds == doctest::Approx(0.1));
      CHECK(*row.before_effect.energy_joules == doctest::Approx(1.5));  // 20 to 10 W in 0.1 s
      CHECK(*row.after_effect.energy_joules == doctest::Approx(4.0));
      CHECK(row.before_effect.served == 1.0);
    } else {
      CHECK(whole == doctest::Approx(7.5));  // 20 to 10 W in 0.5 s
      CHECK(*row.before_effect.energy_joules == doctest::Approx(1.5));
    }
    CHECK(row.before_effect.served + row.after_effect.served == 5.0);
    CHECK_FALSE(sink.rows[1].at_effect);
    CHECK(sink.rows[1].before_effect.seconds == 0.0);
    CHECK(sink.rows[1].after_effect.seconds == doctest::Approx(0.5));
  }
}

TEST_CASE("a setting that takes effect after the row's end costs the row nothing") {
  FakePlant plant;
  SteppingGovernor governor;
  RowCollector sink;
  LoopConfig config = config_of(0.004, 0.004);
  config.snapshot_at_effect = true;
  ControlLoop loop(plant, &governor, kBoard, config, &sink);
  loop.run({}, 0.02);
  CHECK_FALSE(sink.rows[1].at_effect);
  CHECK(sink.rows[1].before_effect.seconds == doctest::Approx(0.004));
  CHECK(sink.rows[1].after_effect.seconds == doctest::Approx(0.0));
}

TEST_CASE("a setting that takes effect in a later row splits that one, by a reading if asked for") {
  for (const bool snapshot : {false, true}) {
    CAPTURE(snapshot);
    FakePlant plant;
    SteppingGovernor governor;
    RowCollector sink;
    LoopConfig config = config_of(1.0, 0.25);
    config.simulated_think_seconds = 0.2;
    config.simulated_effect_time = [&] { return plant.timeline().now_seconds() + 0.4; };
    config.snapshot_at_effect = snapshot;
    ControlLoop loop(plant, &governor, kBoard, config, &sink);
    loop.run({}, 2.0);
    REQUIRE(sink.rows.size() == 8);
    CHECK(*sink.rows[4].effect_seconds == doctest::Approx(0.6));
    for (const std::size_t decided : {0U, 4U}) {
      const auto before = [&](std::size_t row) {
        return sink.rows[decided + row].before_effect.seconds;
      };
      CHECK(before(0) == doctest::Approx(0.25));
      CHECK(before(1) == doctest::Approx(0.25));
      CHECK(before(2) == doctest::Approx(0.1));
      CHECK(before(3) == 0.0);
      CHECK(sink.rows[decided + 2].at_effect.has_value() == snapshot);
      CHECK_FALSE(sink.rows[decided].at_effect);
      CHECK_FALSE(sink.rows[decided + 3].at_effect);
    }
    if (snapshot) CHECK(sink.rows[2].at_effect->time_seconds == doctest::Approx(0.6));
    CHECK_FALSE(sink.rows[2].decided);
  }
}

TEST_CASE("missed deadlines are skipped, not queued") {
  FakePlantScript script;
  script.apply_seconds = 0.25;  // two and a half samples
  FakePlant plant(script);
  SteppingGovernor governor;
  RowCollector sink;
  ControlLoop loop(plant, &governor, kBoard, config_of(0.5, 0.1), &sink);
  const LoopReport report = loop.run({}, 1.0);
  CHECK(report.decisions == 2);
  CHECK(report.overruns == 2);
  CHECK(report.skipped == 4);
  CHECK(report.ticks == 6);
  CHECK(sink.rows[0].period_seconds == doctest::Approx(0.3));
  CHECK(sink.rows[1].telemetry.time_seconds == doctest::Approx(0.3));
  CHECK(sink.rows[3].decided);  // at 0.5
}

TEST_CASE("a decision whose deadline was missed is made at the next one") {
  FakePlantScript script;
  script.apply_seconds = 0.25;
  FakePlant plant(script);
  SteppingGovernor governor;
  RowCollector sink;
  ControlLoop loop(plant, &governor, kBoard, config_of(0.2, 0.1), &sink);
  loop.run({}, 0.9);
  for (const TelemetryRow& row : sink.rows) CHECK(row.decided);
  CHECK(sink.rows[1].telemetry.time_seconds == doctest::Approx(0.3));
}

TEST_CASE("past the error budget the clocks go back to the kernel") {
  FakePlantScript script;
  script.apply_fails = [](double t) { return t >= 2.0; };
  FakePlant plant(script);
  SteppingGovernor governor;
  RowCollector sink;
  LoopConfig config = config_of(1.0, 1.0);
  config.error_budget = 3;
  ControlLoop loop(plant, &governor, kBoard, config, &sink);
  CHECK(plant.leases_held() == 1);
  const LoopReport report = loop.run({}, 100.0);
  CHECK(report.handed_back);
  CHECK(report.errors == 4);
  CHECK(report.first_error == std::errc::io_error);
  CHECK(report.decisions == 2);
  CHECK(plant.leases_held() == 0);
  CHECK_FALSE(loop.holds_lease());
  CHECK(sink.rows.back().truncated);
  CHECK_FALSE(sink.rows[3].decided);             // the former setting stays in force
  CHECK((*sink.rows[3].setting)[0].floor == 1);  // of the second decision
}

TEST_CASE("errors far apart do not add up") {
  FakePlantScript script;
  script.read_fails = [](double t) { return std::fmod(t, 40.0) == 10.0; };
  FakePlant plant(script);
  SteppingGovernor governor;
  RowCollector sink;
  LoopConfig config = config_of(1.0, 1.0);
  config.error_budget = 2;
  ControlLoop loop(plant, &governor, kBoard, config, &sink);
  const LoopReport report = loop.run({}, 400.0);
  CHECK_FALSE(report.handed_back);
  CHECK(report.errors == 10);
  CHECK(report.decisions == 390);  // none on a reading that failed
}

TEST_CASE("readings that all fail are not overlooked, however seldom they are") {
  for (const double seconds : {1.0, 6.5, 50.0}) {
    CAPTURE(seconds);
    FakePlantScript script;
    script.read_fails = [&](double t) { return t > 2.0 * seconds; };
    FakePlant plant(script);
    SteppingGovernor governor;
    RowCollector sink;
    ControlLoop loop(plant, &governor, kBoard, config_of(seconds, seconds), &sink);
    const LoopReport report = loop.run({}, 40.0 * seconds);
    CHECK(report.handed_back);
    CHECK(report.errors <= 11);
    CHECK(plant.leases_held() == 0);
  }
}

TEST_CASE("the loop ends with the work, or when it is told to, and gives the clocks back") {
  FakePlantScript script;
  script.finished_seconds = 1.7;
  FakePlant plant(script);
  SteppingGovernor governor;
  RowCollector sink;
  {
    ControlLoop loop(plant, &governor, kBoard, config_of(1.0, 0.5), &sink);
    const LoopReport report = loop.run({}, 100.0);
    CHECK(report.finished);
    CHECK(report.seconds == 2.0);
    CHECK(sink.rows.back().terminated);
    CHECK_FALSE(sink.rows.back().truncated);
    CHECK(plant.leases_held() == 1);
  }
  CHECK(plant.leases_held() == 0);

  FakePlant other;
  ControlLoop loop(other, &governor, kBoard, config_of(1.0, 0.5), &sink);
  int asked = 0;
  const LoopReport report = loop.run([&asked] { return ++asked > 3; }, 100.0);
  CHECK_FALSE(report.finished);
  CHECK(report.ticks == 4);
  CHECK(sink.rows.back().truncated);
}

TEST_CASE("without a governor nothing is leased and the rows are the residents'") {
  FakePlant plant;
  RowCollector sink;
  ControlLoop loop(plant, nullptr, {}, config_of(1.0, 0.5), &sink);
  loop.run({}, 2.0);
  CHECK(plant.leases_held() == 0);
  CHECK(plant.applied().empty());
  REQUIRE(sink.rows.size() == 4);
  for (const TelemetryRow& row : sink.rows) {
    CHECK_FALSE(row.decided);
    CHECK(row.decided_by == DecidedBy::kResident);
    CHECK_FALSE(row.setting);
  }
}

TEST_CASE("rows tell who decided: chance, with its probability, or the residents") {
  FakePlant plant;
  RandomGovernorConfig random;
  random.share = 0.5;
  random.hold_periods = 2;
  RandomGovernor governor(random);
  RowCollector sink;
  ControlLoop loop(plant, &governor, kBoard, config_of(1.0, 0.5), &sink);
  loop.run({}, 200.0);
  int drawn = 0;
  for (const TelemetryRow& row : sink.rows) {
    CHECK(row.decided_by != DecidedBy::kPolicy);
    CHECK(row.setting.has_value() == (row.decided_by == DecidedBy::kRandom));
    CHECK(row.probability.has_value() == row.decided);
    drawn += row.decided_by == DecidedBy::kRandom ? 1 : 0;
  }
  CHECK(drawn > 100);
  CHECK(drawn < 300);
}

TEST_CASE("a tick allocates nothing in steady state, with snapshots and errors too") {
  FakePlantScript script;
  script.read_fails = [](double t) { return std::fmod(t, 90.0) == 10.5; };
  FakePlant plant(script);
  plant.reserve(4000);
  class CountingSink final : public TelemetrySink {
   public:
    void write(const TelemetryRow&) override { ++rows; }
    int rows = 0;
  } sink;
  SteppingGovernor governor;
  LoopConfig config = config_of(1.0, 0.5);
  config.simulated_think_seconds = 0.01;
  config.snapshot_at_effect = true;
  ControlLoop loop(plant, &governor, kBoard, config, &sink);
  std::size_t begin = 0;
  int asked = 0;
  const std::function<bool()> stop = [&] {
    if (++asked == 8) begin = allocation_count();
    return false;
  };
  loop.run(stop, 600.0);
  CHECK(allocation_count() == begin);
  CHECK(sink.rows == 1200);
}

TEST_CASE("a loop that cannot keep its time is refused with the key at fault") {
  FakePlant plant;
  CHECK_THROWS_WITH(ControlLoop(plant, nullptr, {}, config_of(1.0, 0.3)),
                    "period_seconds = 1: must be a multiple of sample_seconds = 0.3");
  CHECK_THROWS_WITH(ControlLoop(plant, nullptr, {}, config_of(1.0, 0.0)),
                    "sample_seconds = 0: must be > 0");
}

TEST_CASE("clocks that take longer than a period are on their way in the next one, too") {
  PlantEnvironmentConfig steps;
  steps.knobs = {"gpu"};
  steps.encoder.period_seconds = 0.05;
  steps.think_seconds = 0.01;
  SimConfig sim = small_config(ClosedLoop{1000, 4, {}});
  sim.actuation.gpu = Delays(0.07);
  const auto make = [sim](std::uint64_t) { return std::make_unique<SimPlant>(sim); };
  const auto effect_time = [](const Plant& plant) {
    return static_cast<const SimPlant&>(plant).effect_time_seconds();
  };
  PlantEnvironment environment(steps, make, {}, effect_time);
  std::vector<float> observation(environment.observation_space().size());
  environment.reset(0, observation);
  const StepResult first = environment.step(std::vector<Level>{0}, observation);
  CHECK(first.effect_seconds == doctest::Approx(0.05));
  CHECK(first.before_effect.seconds == doctest::Approx(0.05));
  const StepResult second = environment.step(std::vector<Level>{0}, observation);
  CHECK(second.effect_seconds == doctest::Approx(0.03));  // 0.01 + 0.07 after the first began

  SimPlant plant(sim);
  FixedGovernor governor({{"gpu", 100e6}});
  RowCollector sink;
  LoopConfig config = config_of(0.05, 0.05);
  config.simulated_think_seconds = 0.01;
  config.simulated_effect_time = [&] { return effect_time(plant); };
  const std::vector<std::size_t> gpu = {1};
  ControlLoop loop(plant, &governor, gpu, config, &sink);
  loop.run({}, 0.2);
  CHECK(sink.rows[0].before_effect.seconds == doctest::Approx(0.05));
  CHECK(*sink.rows[1].effect_seconds == doctest::Approx(0.03));
  CHECK(sink.rows[1].before_effect.seconds == doctest::Approx(0.03));
  CHECK(sink.rows[2].before_effect.seconds == doctest::Approx(0.01));  // t_AS alone
}

TEST_CASE("a log's rows and an environment's steps are split at the same moment") {
  PlantEnvironmentConfig steps;
  steps.knobs = {"gpu"};
  steps.encoder.period_seconds = 1.0;
  steps.think_seconds = 0.3;
  const auto make = [](std::uint64_t) {
    return std::make_unique<SimPlant>(small_config(ClosedLoop{1000, 4, {}}));
  };
  PlantEnvironment environment(steps, make);
  std::vector<float> observation(environment.observation_space().size());
  environment.reset(0, observation);

  const auto plant = make(0);
  SteppingGovernor governor;
  RowCollector sink;
  LoopConfig config = config_of(1.0, 1.0);
  config.simulated_think_seconds = 0.3;
  config.snapshot_at_effect = true;
  const std::vector<std::size_t> gpu = {1};
  ControlLoop loop(*plant, &governor, gpu, config, &sink);
  loop.run({}, 6.0);
  REQUIRE(sink.rows.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    CAPTURE(i);
    const StepResult step =
        environment.step(std::vector<Level>{static_cast<Level>(i % 3)}, observation);
    const TelemetryRow& row = sink.rows[i];
    CHECK(step.effect_seconds == doctest::Approx(*row.effect_seconds));
    CHECK(step.before_effect.seconds == doctest::Approx(row.before_effect.seconds));
    CHECK(step.before_effect.served == row.before_effect.served);
    // The environment reads power once more, when it applies.
    CHECK(*step.before_effect.energy_joules ==
          doctest::Approx(*row.before_effect.energy_joules).epsilon(0.005));
  }
}
