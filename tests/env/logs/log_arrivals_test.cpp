#include "env/logs/log_arrivals.h"

#include <doctest/doctest.h>

#include <variant>

#include "env/logs/request_timeline.h"

using namespace flyball;

namespace {

LoggedRequest request(double arrival, double latency, std::optional<double> limit = {}) {
  return {arrival, std::nullopt, arrival + latency, limit, false};
}

// What a log with a row every 0.2 s would show of these requests.
std::vector<TelemetryRow> rows_of(const std::vector<LoggedRequest>& requests, double seconds) {
  std::vector<TelemetryRow> rows;
  RequestTimeline timeline(requests, 0.0);
  for (double time = 0.0; time <= seconds; time += 0.2) {
    timeline.advance_to(time);
    TelemetryRow row;
    row.telemetry.time_seconds = 50.0 + time;  // the log's clock
    timeline.sample(row.telemetry.application.refill(time));
    rows.push_back(row);
  }
  return rows;
}

std::vector<Arrival> arrivals_of(const std::vector<TelemetryRow>& rows) {
  return std::get<std::vector<Arrival>>(logged_arrivals(rows));
}

}  // namespace

TEST_CASE("single requests that outlast their row are found exactly where they arrived") {
  const std::vector<LoggedRequest> requests = {request(0.07, 0.31), request(0.53, 0.9),
                                               request(0.71, 0.75), request(1.13, 0.55)};
  const std::vector<Arrival> arrivals = arrivals_of(rows_of(requests, 3.0));
  REQUIRE(arrivals.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(arrivals[i].time_seconds == doctest::Approx(requests[i].arrival_seconds).epsilon(1e-9));
  }
}

TEST_CASE("a request that comes and goes within a row lies inside it, early enough to be served") {
  const std::vector<Arrival> arrivals = arrivals_of(rows_of({request(0.45, 0.1)}, 2.0));
  REQUIRE(arrivals.size() == 1);
  CHECK(arrivals[0].time_seconds >= 0.4);
  CHECK(arrivals[0].time_seconds <= 0.5);
}

TEST_CASE("requests that always come by the same number are groups of it") {
  std::vector<LoggedRequest> requests;
  for (const double time : {0.1, 0.9, 0.95, 1.7}) {
    for (int k = 0; k < 3; ++k) requests.push_back(request(time, 0.25 + 0.05 * k));
  }
  const std::vector<Arrival> arrivals = arrivals_of(rows_of(requests, 3.0));
  REQUIRE(arrivals.size() == 4);
  for (const Arrival& arrival : arrivals) CHECK(arrival.requests == 3);
}

TEST_CASE("requests that are answered together came together, whatever their number") {
  std::vector<LoggedRequest> requests;
  std::size_t size = 2;
  for (const double time : {0.1, 0.5, 1.1, 1.5}) {
    for (std::size_t k = 0; k < size; ++k) requests.push_back(request(time, 0.3));
    ++size;
  }
  const std::vector<Arrival> arrivals = arrivals_of(rows_of(requests, 3.0));
  REQUIRE(arrivals.size() == 4);
  CHECK(arrivals[3].requests == 5);
  CHECK(arrivals[3].time_seconds == doctest::Approx(1.5));
}

TEST_CASE("limits are those of the requests in the system") {
  const std::vector<Arrival> arrivals =
      arrivals_of(rows_of({request(0.1, 0.3, 2.0), request(1.1, 0.3, 5.0)}, 2.0));
  REQUIRE(arrivals.size() == 2);
  CHECK(arrivals[0].limit_seconds == 2.0);
  CHECK(arrivals[1].limit_seconds == 5.0);
}

TEST_CASE("requests that were there when the log begins arrive with it, given-up ones count") {
  std::vector<LoggedRequest> requests = {request(-0.5, 0.9), request(0.5, 0.4)};
  requests[1].timed_out = true;
  const std::vector<Arrival> arrivals = arrivals_of(rows_of(requests, 2.0));
  REQUIRE(arrivals.size() == 2);
  CHECK(arrivals[0].time_seconds == 0.0);
  CHECK(arrivals[1].time_seconds >= 0.4);
  CHECK(arrivals[1].time_seconds <= 0.6);
}

TEST_CASE("a number in the system that never changes is a closed loop") {
  std::vector<LoggedRequest> requests;
  for (int i = 0; i < 60; ++i) requests.push_back(request(0.1 * i - 0.001, 0.4));
  const std::vector<TelemetryRow> rows = rows_of(requests, 5.8);
  const auto loop = std::get<ClosedLoop>(logged_arrivals(std::span(rows).subspan(3)));
  CHECK(loop.batch == 4);
}
