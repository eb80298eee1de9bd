#include "controllers/trust_account.h"

#include <doctest/doctest.h>

using namespace flyball;

namespace {

constexpr double kAllowance = 0.01;

// Ten requests a second: the limit allows 4.5 in its window. Nothing is saved up, if not said, and
// a served request makes up for a tenth of what the limit allows.
struct Served {
  explicit Served(double saved_windows = 0.0)
      : Served(TrustConfig{.saved_windows = saved_windows, .repay_share = 0.1, .mild_times = 0.0}) {
  }
  explicit Served(const TrustConfig& config) : account(kAllowance, config) {}
  TrustAccount account;

  void pass(double seconds, double against = 0.0) {
    account.pass(seconds, 10.0 * seconds, against);
  }
  // Requests served until the policy is trusted again.
  int until_trusted() {
    int requests = 0;
    for (; !account.is_trusted() && requests < 10'000'000; requests += 10) pass(1.0);
    return requests;
  }
};

}  // namespace

TEST_CASE("what the limit allows costs no trust, however long it lasts") {
  Served served;
  for (int i = 0; i < 10'000; ++i) {
    served.pass(10.0, 1.0);  // 1 of 100
    REQUIRE(served.account.is_trusted());
  }
}

TEST_CASE("twice what the limit allows costs trust") {
  Served served;
  int seconds = 0;
  while (served.account.is_trusted() && seconds < 1000) {
    served.pass(5.0, 1.0);
    seconds += 5;
  }
  CHECK(seconds > 20);
  CHECK(seconds < 200);
}

TEST_CASE("what the limit allows in its window may come at once, more may not") {
  Served served;
  served.pass(100.0);
  served.pass(1.0, 4.0);
  CHECK(served.account.is_trusted());
  served.pass(1.0, 3.0);
  CHECK(!served.account.is_trusted());
}

TEST_CASE("after a rush as much may come at once as the limit allows at the rate of the rush") {
  TrustAccount account(kAllowance, {.saved_windows = 0.0});
  account.pass(30.0, 300.0, 0.0);
  account.pass(10.0, 800.0, 8.0);  // 80 a second, of which the five seconds see most
  account.pass(1.0, 10.0, 20.0);
  CHECK(account.is_trusted());
  TrustAccount calm(kAllowance, {.saved_windows = 0.0});
  calm.pass(40.0, 1100.0, 8.0);  // as many, evenly
  calm.pass(1.0, 10.0, 20.0);
  CHECK(!calm.is_trusted());
}

TEST_CASE("who kept the limit for long has saved up as much as it says, and no more") {
  const auto most_at_once = [](double seconds_kept) {
    double least = 1.0;
    for (;; least += 0.1) {
      Served served(2.0);
      served.pass(seconds_kept);
      served.pass(1.0, least);
      if (!served.account.is_trusted()) return least;
    }
  };
  // 4.5 in the window, and what of it is above the one that may always be missed, twice.
  const double at_most = 4.5 + 2.0 * (4.5 - 1.0);
  CHECK(most_at_once(10'000.0) == doctest::Approx(at_most).epsilon(0.03));
  CHECK(most_at_once(100'000.0) == doctest::Approx(at_most).epsilon(0.03));
  CHECK(most_at_once(30.0) == doctest::Approx(4.5 + 3.0).epsilon(0.05));
}

TEST_CASE("what was saved up is gone once trust was lost") {
  Served served(2.0);
  served.pass(10'000.0);
  served.pass(1.0, 20.0);
  REQUIRE(!served.account.is_trusted());
  served.until_trusted();
  served.pass(1.0, 5.0);
  CHECK(!served.account.is_trusted());
}

TEST_CASE("where little is served one may be missed at any time, two may not") {
  TrustAccount account(kAllowance, {});
  account.pass(100.0, 10.0, 1.0);
  CHECK(account.is_trusted());
  account.pass(100.0, 10.0, 1.0);
  CHECK(!account.is_trusted());
}

TEST_CASE("others serve until what went wrong is a tenth of what the limit allows") {
  Served served;
  served.pass(100.0);
  served.pass(1.0, 8.1);  // 0.1 of it is what the second allowed
  CHECK(served.until_trusted() == doctest::Approx(8.0 / (0.1 * kAllowance)).epsilon(0.01));
}

TEST_CASE("what is late because of the policy after it was stopped counts, too") {
  Served served;
  served.pass(100.0);
  served.pass(1.0, 8.1);
  served.pass(1.0, 4.0);
  CHECK(served.until_trusted() == doctest::Approx(12.0 / (0.1 * kAllowance)).epsilon(0.01));
}

TEST_CASE("it takes twice as long each time, up to a bound, and less after it went well") {
  Served served;
  served.pass(100.0);
  const auto fall_short = [&] {
    served.pass(1.0, 10.1);
    return served.until_trusted();
  };
  const int first = fall_short();
  CHECK(first == doctest::Approx(10'000).epsilon(0.01));
  CHECK(fall_short() == doctest::Approx(2 * first).epsilon(0.01));
  CHECK(fall_short() == doctest::Approx(4 * first).epsilon(0.01));
  for (int served_well = 0; served_well < 4 * first; served_well += 10) served.pass(1.0);
  CHECK(fall_short() == doctest::Approx(4 * first).epsilon(0.01));
  for (int i = 0; i < 10; ++i) fall_short();
  CHECK(fall_short() == doctest::Approx(64 * first).epsilon(0.01));
}

TEST_CASE("a little above the limit is soon made up for, far above it takes long") {
  const auto served_by_others = [](double requests, double against) {
    Served served(TrustConfig{.saved_windows = 0.0, .repay_share = 0.05, .mild_times = 3.0});
    served.account.pass(10.0, requests, against);
    REQUIRE(!served.account.is_trusted());
    return served.until_trusted() * kAllowance / (against - requests * kAllowance);
  };
  CHECK(served_by_others(1000.0, 1000.0 * 0.06) == doctest::Approx(4.0).epsilon(0.02));  // 6 times
  CHECK(served_by_others(1000.0, 1000.0 * 0.9) == doctest::Approx(20.0).epsilon(0.02));  // 90 times
}

TEST_CASE("who misses twice what the limit allows is back as soon as the whole is inside it") {
  Served served(TrustConfig{.saved_windows = 0.0, .mild_times = 3.0});
  double missed = 0.0;
  double all = 0.0;
  for (; served.account.is_trusted(); all += 50.0) {
    served.pass(5.0, 1.0);
    missed += 1.0;
    REQUIRE(all < 10'000.0);
  }
  all += served.until_trusted();
  CHECK(missed / all == doctest::Approx(kAllowance).epsilon(0.1));
}
