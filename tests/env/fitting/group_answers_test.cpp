#include "env/fitting/group_answers.h"

#include <doctest/doctest.h>

#include <vector>

using namespace flyball;

namespace {

// A row a second, in which so many were served.
std::vector<TelemetryRow> rows_of(const std::vector<std::uint64_t>& served) {
  std::vector<TelemetryRow> rows(served.size());
  std::uint64_t sum = 10;  // of before the log
  for (std::size_t i = 0; i < served.size(); ++i) {
    sum += served[i];
    rows[i].telemetry.time_seconds = static_cast<double>(i);
    rows[i].telemetry.application.refill(rows[i].telemetry.time_seconds).served = sum;
  }
  rows.front().telemetry.application.refill(0.0).served = 10;
  return rows;
}

std::vector<Arrival> groups_of(std::size_t count, std::size_t requests) {
  std::vector<Arrival> arrivals;
  for (std::size_t i = 0; i < count; ++i) {
    arrivals.push_back({static_cast<double>(i), requests, {}});
  }
  return arrivals;
}

// Served in rows, over and over.
std::vector<std::uint64_t> repeated(const std::vector<std::uint64_t>& pattern, std::size_t times) {
  std::vector<std::uint64_t> all = {0};
  for (std::size_t i = 0; i < times; ++i) all.insert(all.end(), pattern.begin(), pattern.end());
  return all;
}

}  // namespace

TEST_CASE("groups that are served whole, one or several at a time, are answered at once") {
  CHECK(answers_whole_groups(rows_of(repeated({4, 0}, 30)), groups_of(30, 4)));
  CHECK(answers_whole_groups(rows_of(repeated({4, 0, 8}, 20)), groups_of(60, 4)));
}

TEST_CASE("groups of which some are served before others are not") {
  CHECK_FALSE(answers_whole_groups(rows_of(repeated({3, 1}, 30)), groups_of(30, 4)));
}

TEST_CASE("requests that come alone, few rows and closed loops cannot tell") {
  CHECK_FALSE(answers_whole_groups(rows_of(repeated({1}, 40)), groups_of(40, 1)));
  CHECK_FALSE(answers_whole_groups(rows_of(repeated({4}, 10)), groups_of(10, 4)));
  CHECK_FALSE(answers_whole_groups(rows_of(repeated({4}, 30)), ClosedLoop{100, 4, {}}));
  CHECK_FALSE(answers_whole_groups(rows_of(repeated({4}, 30)), std::vector<Arrival>{}));
}
