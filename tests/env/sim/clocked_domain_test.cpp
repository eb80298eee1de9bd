#include "env/sim/clocked_domain.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/support/small_board.h"

using namespace flyball;
using doctest::Approx;

namespace {

const Domain kGpu = small_board().domains[1];  // three levels, 5 ms

}  // namespace

TEST_CASE("a request is effective after the actuation time and not before") {
  ClockedDomain clock(kGpu, {0, 2}, 2);
  clock.request(1.0, 0);
  CHECK(clock.requested() == 0);
  CHECK(clock.effective() == 2);
  CHECK(clock.effect_seconds() == Approx(1.005));
  clock.take_effect();
  CHECK(clock.effective() == 0);
  CHECK(clock.effect_seconds() == kNever);
}

TEST_CASE("measured actuation times are drawn anew for every change") {
  const Delays measured(std::vector<double>{0.004, 0.012});
  ClockedDomain clock(kGpu, {0, 2}, 2, DelayDraws(measured, 7));
  int slow = 0;
  for (int i = 0; i < 400; ++i) {
    clock.request(1.0 * i, static_cast<Level>(i % 2));
    const double seconds = clock.effect_seconds() - 1.0 * i;
    const bool is_slow = seconds > 0.008;
    CHECK(seconds == Approx(is_slow ? 0.012 : 0.004));
    slow += is_slow ? 1 : 0;
    clock.take_effect();
  }
  CHECK(slow == Approx(200).epsilon(0.2));
}

TEST_CASE("a change that begins at a low clock may take longer") {
  ClockedDomain clock(kGpu, {0, 2}, 2);
  clock.slow_at_low_clocks({Delays(0.03), 1});
  clock.request(1.0, 0);
  CHECK(clock.effect_seconds() == Approx(1.005));
  clock.take_effect();
  clock.request(2.0, 2);  // from the first of three levels
  CHECK(clock.effect_seconds() == Approx(2.03));
  clock.take_effect();
  clock.request(3.0, 1);
  CHECK(clock.effect_seconds() == Approx(3.005));
  clock.take_effect();
  clock.request(4.0, 0);  // the middle one is not low
  CHECK(clock.effect_seconds() == Approx(4.005));
}

TEST_CASE("a newer request restarts the actuation and going back cancels it") {
  ClockedDomain clock(kGpu, {0, 2}, 2);
  clock.request(1.0, 0);
  clock.request(1.002, 1);
  CHECK(clock.effect_seconds() == Approx(1.007));
  clock.request(1.003, 2);
  CHECK(clock.effect_seconds() == kNever);
}

TEST_CASE("limits of all sides are taken together and give back what was wanted") {
  ClockedDomain clock(kGpu, {0, 2}, 2);
  clock.set_user_limits(1.0, LevelRange{1, 2});
  clock.set_lease_limits(1.0, LevelRange{0, 1});
  CHECK(clock.limits() == LevelRange{1, 1});
  CHECK(clock.requested() == 1);
  clock.set_thermal_ceiling(1.0, Level{0});  // the ceiling wins
  CHECK(clock.limits() == LevelRange{0, 0});
  clock.set_thermal_ceiling(1.0, {});
  clock.set_lease_limits(1.0, {});
  clock.set_user_limits(1.0, {});
  CHECK(clock.limits() == LevelRange{0, 2});
  CHECK(clock.requested() == 2);
}

TEST_CASE("the mode's limits hold whatever is asked for") {
  ClockedDomain clock(kGpu, {0, 1}, 2);
  CHECK(clock.effective() == 1);
  clock.set_lease_limits(0.0, LevelRange{2, 2});
  CHECK(clock.limits() == LevelRange{1, 1});
}
