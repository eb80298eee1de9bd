#include "tools/reproduce/own/delay_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace flyball;
using doctest::Approx;

namespace {

JudgedRun result(double saving, double in_time) { return {saving, in_time, 10'000, 0.0}; }

// Asked: 99 % in time, which stock keeps.
DelayCase small_case() {
  DelayCase delay;
  delay.which.name = "small";
  delay.which.scenario.objective.in_time_share = 0.99;
  delay.stock_in_time = 0.995;
  delay.best_fixed = result(0.10, 0.99);
  delay.queue_table = result(0.16, 0.99);
  for (const double saving : {0.12, 0.14, 0.13}) {
    delay.policies.push_back({result(saving, 0.99), result(saving - 0.02, 0.995),
                              result(saving - 0.01, 0.99), result(0.0, 1.0)});
  }
  return delay;
}

ReproductionRow row(const DelayCase& delay, const std::string& name) {
  ReproductionTable table("delay");
  add_delay_rows({delay}, table);
  const auto it =
      std::find_if(table.rows().begin(), table.rows().end(),
                   [&](const ReproductionRow& r) { return r.name == "small: " + name; });
  REQUIRE_MESSAGE(it != table.rows().end(), name);
  return *it;
}

}  // namespace

TEST_CASE("what is late saves nothing, unless it costs more") {
  const DelayCase delay = small_case();
  CHECK(delay.worth(result(0.3, 0.9881)) == Approx(30.0));
  CHECK(delay.worth(result(0.3, 0.9879)) == 0.0);
  CHECK(delay.worth(result(-0.1, 0.9879)) == Approx(-10.0));
  CHECK(delay.worth(JudgedRun()) == 0.0);  // nothing keeps the limits
}

TEST_CASE("the concurrent agent has to be above the blind one, seed by seed and at worst") {
  DelayCase delay = small_case();
  const std::string beyond = "concurrent beyond the blind one, ";
  CHECK(row(delay, beyond + "median").ours == Approx(2.0));
  CHECK(row(delay, beyond + "median's lower end").holds);
  CHECK(row(delay, beyond + "worst against worst").ours == Approx(2.0));
  delay.policies[0].concurrent = result(0.12, 0.9);  // late
  CHECK(row(delay, beyond + "worst against worst").ours == Approx(-10.0));
  CHECK_FALSE(row(delay, beyond + "worst against worst").holds);
  for (DelayPolicy& policy : delay.policies) policy.blind = result(0.2, 0.99);
  CHECK_FALSE(row(delay, beyond + "median's lower end").holds);
}

TEST_CASE("and above the recipe as it is shipped") {
  DelayCase delay = small_case();
  const std::string beyond = "concurrent beyond the recipe as it is, ";
  CHECK(row(delay, beyond + "median").ours == Approx(1.0));
  for (DelayPolicy& policy : delay.policies) policy.recipe = result(0.2, 0.99);
  CHECK_FALSE(row(delay, beyond + "worst against worst").holds);
}

TEST_CASE("and above the best fixed setting") {
  DelayCase delay = small_case();
  const std::string beyond = "concurrent beyond the best fixed setting, ";
  CHECK(row(delay, beyond + "median").ours == Approx(3.0));
  CHECK(row(delay, beyond + "worst against worst").ours == Approx(2.0));
  delay.best_fixed = result(0.125, 0.99);
  CHECK_FALSE(row(delay, beyond + "worst against worst").holds);
}
