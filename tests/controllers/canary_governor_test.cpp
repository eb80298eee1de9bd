#include "controllers/canary_governor.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/controllers/sample_plant.h"
#include "tests/support/allocation_counter.h"

using namespace flyball;

namespace {

class Floor final : public Governor {
 public:
  std::string_view name() const override { return "floor"; }
  void reset(const GovernorScope& scope) override {
    limits = scope.limits;
    ++resets;
  }
  Decision decide(const GovernorInput&) override {
    Setting setting = full_range(limits);
    for (std::size_t k = 0; k < setting.size(); ++k) setting[k].ceiling = setting[k].floor;
    return {setting, DecidedBy::kPolicy, {}};
  }
  Period period() const override { return {1.0, false}; }

  std::vector<LevelRange> limits;
  int resets = 0;
};

// A board whose power goes by who decided, and that tells requests.
struct Board {
  explicit Board(CanaryConfig config, std::function<void(const Telemetry&)> aside = {})
      : plant(sample_plant()), governor(floor, config, std::move(aside)) {
    governor.reset({&plant, plant.knobs, plant.limits});
  }
  bool step() {
    TelemetryRow row;
    row.telemetry.time_seconds = seconds;
    row.telemetry.application.refill(seconds).served = 100;
    row.period_seconds = 1.0;
    const bool learned = governor.decide({row.telemetry}).decided_by == DecidedBy::kPolicy;
    // The first second after a change still shows what ran before.
    const bool shown = was_learned;
    was_learned = learned;
    row.after_effect = {1.0, shown ? learned_watts : stock_watts, 1.0, 10.0, 0.0};
    governor.note(row);
    seconds += 1.0;
    return learned;
  }

  PlantDescription plant;
  Floor floor;
  CanaryGovernor governor;
  double seconds = 0.0;
  double stock_watts = 10.0;
  double learned_watts = 8.0;
  bool was_learned = false;
};

CanaryConfig quick() {
  CanaryConfig config;
  config.slice_seconds = 5.0;
  return config;  // of which the first is not compared
}

}  // namespace

TEST_CASE("at first the policy has the share that was asked for, in slices") {
  Board board(quick());
  int learned = 0;
  for (int i = 0; i < 200; ++i) learned += board.step() ? 1 : 0;  // four blocks of ten slices
  CHECK(learned == 20);
  CHECK(board.governor.trial().memory().pairs.size() == 4);
}

TEST_CASE("what is not settled after a change is not compared") {
  Board board(quick());
  for (int i = 0; i < 50; ++i) board.step();
  REQUIRE(board.governor.trial().memory().pairs.size() == 1);
  CHECK(board.governor.trial().memory().pairs[0].energy == doctest::Approx(std::log(0.8)));
  CHECK(board.governor.trial().memory().stock.cost.seconds == 4.0);
  CHECK(board.governor.trial().memory().learned.cost.served == 40.0);
}

TEST_CASE("a better policy is kept and has most of the time, a worse one has none any more") {
  Board good(quick());
  for (int i = 0; i < 2000; ++i) good.step();
  CHECK(good.governor.trial().verdict() == CanaryVerdict::kKept);
  int learned = 0;
  for (int i = 0; i < 100; ++i) learned += good.step() ? 1 : 0;
  CHECK(learned == 90);
  good.learned_watts = 13.0;  // it has become worse
  for (int i = 0; i < 3000; ++i) good.step();
  CHECK(good.governor.trial().memory().cause == CanaryCause::kEnergyLater);

  Board bad(quick());
  bad.learned_watts = 11.0;
  for (int i = 0; i < 2000; ++i) bad.step();
  CHECK(bad.governor.trial().verdict() == CanaryVerdict::kRolledBack);
  CHECK(bad.governor.trial().memory().cause == CanaryCause::kNoSaving);
  for (int i = 0; i < 100; ++i) CHECK_FALSE(bad.step());
}

TEST_CASE("a pause ends a pair, and the policy gets no more time for it") {
  Board board(quick());
  int learned = 0;
  int steps = 0;
  for (int block = 0; block < 40; ++block) {
    for (int i = 0; i < 12; ++i, ++steps) learned += board.step() ? 1 : 0;
    board.seconds += 60.0;
  }
  CHECK(learned <= steps / 4);
  CHECK(learned > 0);
}

TEST_CASE("who stands aside is told so, who does not know how begins anew") {
  int told = 0;
  Board with(quick(), [&](const Telemetry&) { ++told; });
  Board without(quick());
  int stock = 0;
  for (int i = 0; i < 100; ++i) {
    stock += with.step() ? 0 : 1;
    without.step();
  }
  CHECK(told == stock);
  CHECK(with.floor.resets == 1);
  CHECK(without.floor.resets == 3);
}

TEST_CASE("deciding and noting allocate nothing") {
  Board board(quick());
  TelemetryRow row;
  row.telemetry.domains.refill(0.0).resize(2);
  row.telemetry.cpus.refill(0.0).resize(2);
  row.after_effect = {1.0, 5.0, 0.0, 0.0, 0.0};
  const std::size_t before = allocation_count();
  for (int i = 0; i < 500; ++i) {
    row.telemetry.time_seconds = i;
    (void)board.governor.decide({row.telemetry});
    board.governor.note(row);
  }
  CHECK(allocation_count() == before);
  CHECK(board.governor.trial().memory().by_power > 0);
}
