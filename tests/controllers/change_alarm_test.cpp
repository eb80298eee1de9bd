#include "controllers/change_alarm.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>

using namespace flyball;

TEST_CASE("a mean at the bound hardly ever raises it, one above it soon does, after a long while") {
  int raised = 0;
  double delay = 0.0;
  constexpr int kRuns = 200;
  for (int run = 0; run < kRuns; ++run) {
    std::mt19937_64 random(static_cast<std::uint64_t>(run));
    std::normal_distribution<double> noise(0.0, 0.1);
    ChangeAlarm alarm(0.3, 0.0);
    for (int i = 0; i < 200 && !alarm.is_raised(); ++i) alarm.add(noise(random));
    raised += alarm.is_raised() ? 1 : 0;
    alarm.reset();
    for (int i = 0; i < 300; ++i) alarm.add(noise(random) - 0.1);  // it goes well for long
    int late = 0;
    for (; late < 1000 && !alarm.is_raised(); ++late) alarm.add(noise(random) + 0.1);
    delay += late;
  }
  CHECK(raised <= kRuns / 5);  // 200 values of 1000 and more between two
  CHECK(delay / kRuns < 60.0);
}

TEST_CASE("what was kept of it is taken up again, but for what cannot be") {
  ChangeAlarm alarm(1.0, 0.5);
  for (int i = 0; i < 3; ++i) alarm.add(1.0);
  ChangeAlarm next(1.0, 0.5);
  next.set_capitals(alarm.capitals());
  CHECK(next.capitals()[2] == alarm.capitals()[2]);
  CHECK(alarm.capitals()[2] == doctest::Approx(1.25 * 1.25 * 1.25));
  const std::array<double, 3> odd = {-1.0, std::numeric_limits<double>::quiet_NaN(), 5.0};
  next.set_capitals(odd);
  CHECK(next.capitals()[0] == 1.0);
  CHECK(next.capitals()[1] == 1.0);
  CHECK(next.capitals()[2] == 5.0);
}
