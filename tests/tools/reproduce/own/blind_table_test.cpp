#include "tools/reproduce/own/blind_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace flyball;
using doctest::Approx;

namespace {

JudgedRun result(double saving, double in_time) { return {saving, in_time, 10'000, 0.0}; }

BlindPolicy policy(double saving, double guarded, double bare) {
  return {result(saving + 0.01, bare), result(saving, guarded), result(0.0, 1.0), {}};
}

// Asked: 99 % in time, which stock keeps.
BlindCase small_case(double table_saving) {
  BlindCase blind;
  blind.which.name = "small";
  blind.which.scenario.objective.in_time_share = 0.99;
  blind.stock_in_time = 0.995;
  blind.best_fixed = result(0.10, 0.99);
  blind.queue_table = result(table_saving, 0.99);
  blind.policies = {policy(0.12, 0.99, 0.99), policy(0.14, 0.999, 0.999),
                    policy(0.13, 0.988, 0.988)};
  return blind;
}

ReproductionRow row(const BlindCase& blind, const std::string& begin) {
  ReproductionTable table("blind");
  add_blind_rows({blind}, table);
  const auto it = std::find_if(table.rows().begin(), table.rows().end(),
                               [&](const ReproductionRow& r) { return r.name.starts_with(begin); });
  REQUIRE_MESSAGE(it != table.rows().end(), begin);
  return *it;
}

const std::string kBeyond = "small: beyond the best fixed setting";
const std::string kShort = "policies that fall short with the guard";
const std::string kShortAlone = "policies that fall short without the guard";

}  // namespace

TEST_CASE("where a table gains five points the median policy has to gain as much") {
  const ReproductionRow gains = row(small_case(0.15), kBeyond);
  CHECK(gains.ours == Approx(3.0));
  CHECK(*gains.published == 5.0);
  CHECK_FALSE(gains.holds);
  BlindCase good = small_case(0.15);
  for (BlindPolicy& p : good.policies) p.guarded.saving += 0.02;
  CHECK(row(good, kBeyond).holds);
}

TEST_CASE("where a table gains less the median policy is not half a point below") {
  BlindCase blind = small_case(0.149);
  CHECK(*row(blind, kBeyond).published == -0.5);
  CHECK(row(blind, kBeyond).holds);
  for (BlindPolicy& p : blind.policies) p.guarded.saving -= 0.036;  // median 9.4 of 10 %
  CHECK_FALSE(row(blind, kBeyond).holds);
}

TEST_CASE("policies that learned nothing beyond a constant setting are counted") {
  const std::string constants = "small: policies that are the best constant setting";
  BlindCase blind = small_case(0.12);
  CHECK(row(blind, constants).ours == 0.0);
  blind.policies[1].is_constant = true;
  CHECK(row(blind, constants).ours == 1.0);
}

TEST_CASE("one policy short with the guard fails, without it one in a hundred may be") {
  BlindCase blind = small_case(0.12);
  CHECK(row(blind, kShort).holds);
  CHECK(row(blind, kShortAlone).holds);
  blind.policies[1].bare = result(0.14, 0.9879);
  CHECK(row(blind, kShort).holds);
  CHECK(row(blind, kShortAlone).ours == Approx(100.0 / 3.0));
  CHECK_FALSE(row(blind, kShortAlone).holds);
  blind.policies[2].guarded = result(0.13, 0.9879);
  CHECK(row(blind, kShort).ours == 1.0);
  CHECK_FALSE(row(blind, kShort).holds);
  CHECK_FALSE(row(blind, "small: in time, worst").holds);
  blind.policies.resize(100, policy(0.12, 0.99, 0.99));
  CHECK(row(blind, kShortAlone).holds);
}

TEST_CASE("what stock does not manage is not asked") {
  BlindCase blind = small_case(0.12);
  blind.stock_in_time = 0.95;
  CHECK(blind.asked_percent() == Approx(95.0));
  blind.policies[0].guarded = result(0.12, 0.949);
  CHECK(row(blind, "small: in time, worst").holds);
  CHECK(row(blind, kShort).holds);
}

TEST_CASE("a variant is judged by the policy that is furthest below what was asked of it") {
  BlindCase blind = small_case(0.12);
  blind.policies[0].variants = {{"load x1.5", 0.99, 0.986, 0.98, 0.10, false}};
  blind.policies[1].variants = {{"load x1.5", 0.90, 0.897, 0.80, 0.12, false}};
  CHECK(*row(blind, "small, load x1.5: in time").published == Approx(98.5));
  CHECK(row(blind, "small, load x1.5: in time").holds);
  CHECK(row(blind, "small, load x1.5: saves").ours == Approx(11.0));
  blind.policies[1].variants.front().in_time = 0.894;
  CHECK(*row(blind, "small, load x1.5: in time").published == Approx(89.5));
  CHECK_FALSE(row(blind, "small, load x1.5: in time").holds);
  CHECK(row(blind, kShort).holds);  // of the scenario itself
}

TEST_CASE("a log of which nothing can be learned is counted, not judged") {
  BlindCase blind = small_case(0.12);
  blind.policies[0].variants = {{"15 minutes of log", 0.0, 0.0, 0.0, 0.0, true}};
  CHECK(row(blind, "changed logs").ours == 1.0);
  ReproductionTable table("blind");
  add_blind_rows({blind}, table);
  for (const ReproductionRow& r : table.rows()) {
    CHECK_FALSE(r.name.starts_with("small, 15 minutes"));
  }
}
