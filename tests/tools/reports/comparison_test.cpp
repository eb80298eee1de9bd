#include "tools/reports/comparison.h"

#include <doctest/doctest.h>

#include <cmath>

#include "env/errors.h"

using namespace flyball;
using nlohmann::json;

namespace {

// A result of evaluate: per governor the energies, all in time, the mean latency in proportion.
json results(const std::vector<std::pair<std::string, std::vector<double>>>& governors) {
  json document = {{"flyball", "0.1.0"},        {"scenario", "quickstart"},
                   {"board", "nano-4gb"},       {"nvpmodel", 0},
                   {"workload", "resnet18"},    {"seeds", {1, 2, 3}},
                   {"limits", json::object()},  {"stock", {{"energy_joules", 100.0}}},
                   {"governors", json::array()}};
  for (const auto& [name, energies] : governors) {
    json governor = {{"name", name}, {"runs", json::array()}};
    for (const double joules : energies) {
      governor["runs"].push_back({{"energy_joules", joules},
                                  {"in_time_share", 0.99},
                                  {"latency_mean_seconds", joules / 1000.0}});
    }
    document["governors"].push_back(governor);
  }
  return document;
}

const FigureChange& energy(const Comparison& comparison, std::size_t governor = 0) {
  return comparison.governors.at(governor).figures.at(0);
}

}  // namespace

// Changes of +3, +4 and +5 %: mean 4, deviation 1; half of the interval 4.3027 / sqrt(3) = 2.4841.
TEST_CASE("runs are compared seed by seed, with Student's interval") {
  const json before = results({{"P", {100.0, 200.0, 400.0}}});
  const json after = results({{"P", {103.0, 208.0, 420.0}}});
  const Comparison comparison = compare_evaluations(before, after, {});
  CHECK(energy(comparison).mean == doctest::Approx(4.0));
  CHECK(energy(comparison).low == doctest::Approx(4.0 - 2.4841).epsilon(1e-4));
  CHECK(energy(comparison).high == doctest::Approx(4.0 + 2.4841).epsilon(1e-4));
  CHECK(energy(comparison).verdict == Verdict::kWorse);
  CHECK(comparison.governors[0].figures[1].verdict == Verdict::kSame);
  CHECK(comparison.is_worse());
  CHECK_FALSE(compare_evaluations(after, before, {}).is_worse());
  CHECK(energy(compare_evaluations(after, before, {})).verdict == Verdict::kBetter);
}

TEST_CASE("equal runs are the same, scattered ones cannot be told") {
  const json before = results({{"P", {100.0, 100.0, 100.0}}});
  CHECK(energy(compare_evaluations(before, before, {})).verdict == Verdict::kSame);
  const json after = results({{"P", {90.0, 100.0, 112.0}}});
  const Comparison comparison = compare_evaluations(before, after, {});
  CHECK(energy(comparison).verdict == Verdict::kCannotTell);
  CHECK(comparison.governors[0].verdict() == Verdict::kCannotTell);
  CHECK_FALSE(comparison.is_worse());
}

TEST_CASE("fewer requests in time are worse, and a tolerance is no change") {
  const json before = results({{"P", {100.0, 100.0, 100.0}}});
  json after = before;
  for (json& run : after["governors"][0]["runs"]) run["in_time_share"] = 0.987;
  const Comparison comparison = compare_evaluations(before, after, {});
  CHECK(comparison.governors[0].figures[1].mean == doctest::Approx(-0.3));
  CHECK(comparison.governors[0].figures[1].verdict == Verdict::kWorse);
  ComparisonTolerance lenient;
  lenient.in_time_points = 0.5;
  CHECK_FALSE(compare_evaluations(before, after, lenient).is_worse());
}

TEST_CASE("one seed has no interval") {
  json before = results({{"P", {100.0}}});
  json after = results({{"P", {150.0}}});
  before["seeds"] = after["seeds"] = {1};
  const Comparison comparison = compare_evaluations(before, after, {});
  CHECK(energy(comparison).verdict == Verdict::kCannotTell);
  CHECK(to_text(comparison).find("one seed, no interval") != std::string::npos);
  CHECK_FALSE(to_json(comparison)["governors"][0]["figures"][0].contains("interval"));
}

TEST_CASE("governors of one result alone are named, and so is what else differs") {
  const json before = results({{"P", {1.0, 1.0, 1.0}}, {"old", {1.0, 1.0, 1.0}}});
  json after = results({{"new", {1.0, 1.0, 1.0}}, {"P", {1.0, 1.0, 1.0}}});
  after["flyball"] = "0.2.0";
  after["stock"]["energy_joules"] = 90.0;
  after["unfinished"] = {"later"};
  after["limits"]["latency_mean_seconds"] = 0.9;  // stock's times a factor, which changed with it
  const Comparison comparison = compare_evaluations(before, after, {});
  CHECK(comparison.only_before == std::vector<std::string>{"old"});
  CHECK(comparison.only_after == std::vector<std::string>{"new"});
  REQUIRE(comparison.notes.size() == 4);
  CHECK(comparison.notes[0] == "BEFORE is of flyball 0.1.0, AFTER of 0.2.0");
  CHECK(comparison.notes[2].starts_with("other limits: BEFORE {}, AFTER {\"latency_mean"));
  CHECK(comparison.notes[3] == "AFTER was interrupted, it is partial");
  CHECK_THROWS_WITH_AS(
      compare_evaluations(results({{"a", {1, 1, 1}}}), results({{"b", {1, 1, 1}}}), {}),
      "no governor is in both: BEFORE has a, AFTER has b", DataError);
}

TEST_CASE("results on other requests, and what is no result, are refused") {
  const json before = results({{"P", {1.0, 1.0, 1.0}}});
  json after = before;
  after["seeds"] = {4, 5, 6};
  CHECK_THROWS_WITH_AS(compare_evaluations(before, after, {}),
                       "seeds: BEFORE has [1,2,3], AFTER has [4,5,6]: only results on the same "
                       "requests can be compared",
                       DataError);
  after = before;
  after["set"] = {"arrivals.cameras=2"};
  CHECK_THROWS_WITH_AS(
      compare_evaluations(before, after, {}),
      doctest::Contains("set: BEFORE has null, AFTER has [\"arrivals.cameras=2\"]"), DataError);
  CHECK_THROWS_WITH_AS(compare_evaluations(before, json::array(), {}),
                       doctest::Contains("AFTER: no result of flyball evaluate --json"), DataError);
  after = before;
  after["governors"][0]["runs"][1].erase("energy_joules");
  CHECK_THROWS_WITH_AS(compare_evaluations(before, after, {}), doctest::Contains("energy_joules"),
                       DataError);
  after = before;
  after["governors"][0]["runs"].erase(0);
  CHECK_THROWS_WITH_AS(compare_evaluations(before, after, {}), "P: 3 runs before, 2 after",
                       DataError);
}
