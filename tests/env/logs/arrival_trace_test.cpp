#include "env/logs/arrival_trace.h"

#include <doctest/doctest.h>

#include "env/sim/arrivals_config.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

LoggedRequest request(double arrival, std::optional<double> limit = {}) {
  return {arrival, std::nullopt, arrival + 0.1, limit, false};
}

}  // namespace

TEST_CASE("requests of one arrival and limit are a group, whatever their order in the log") {
  const std::vector<LoggedRequest> requests = {request(102.5, 0.5), request(100.0, 0.5),
                                               request(102.5, 0.5), request(102.5, 2.0)};
  const std::vector<Arrival> trace = arrival_trace(requests);
  REQUIRE(trace.size() == 3);
  CHECK(trace[0].time_seconds == 0.0);
  CHECK(trace[1].requests == 2);
  CHECK(trace[1].limit_seconds == 0.5);
  CHECK(trace[2].time_seconds == 2.5);
  CHECK(trace[2].limit_seconds == 2.0);
}

TEST_CASE("given-up requests arrived, too") {
  std::vector<LoggedRequest> requests = {request(1.0), request(2.0)};
  requests[1].timed_out = true;
  CHECK(trace_figures(arrival_trace(requests)).requests == 2);
}

TEST_CASE("a scenario reads the trace that was written") {
  const std::vector<LoggedRequest> requests = {request(7.25, 0.5), request(1e9 + 0.125),
                                               request(1e9 + 0.125)};
  const std::vector<Arrival> trace = arrival_trace(requests);
  const TemporaryFile file(trace_to_csv(trace));
  ArrivalsConfig config;
  config.source = TraceArrivals{file.path()};
  config.deadline_seconds = 3.0;
  const auto read = std::get<std::vector<Arrival>>(make_arrivals(config, 1));
  REQUIRE(read.size() == 2);
  CHECK(read[0].limit_seconds == 0.5);
  CHECK(read[1].time_seconds == doctest::Approx(trace[1].time_seconds).epsilon(1e-12));
  CHECK(read[1].requests == 2);
  CHECK(read[1].limit_seconds == 3.0);  // the log says nothing: the scenario's
}

TEST_CASE("a trace without limits has no column for them") {
  const std::vector<LoggedRequest> requests = {request(1.0)};
  CHECK(trace_to_csv(arrival_trace(requests)) == "time_seconds,requests\n0.000000,1\n");
}

TEST_CASE("drawn arrivals are stretches of the recorded ones, and another seed draws others") {
  // Gaps of the first trace are 1 and 3 s in turn, of the second 0.5 s; limits tell them apart.
  std::vector<std::vector<Arrival>> traces(2);
  for (std::size_t i = 0; i < 20; ++i) {
    traces[0].push_back({2.0 * static_cast<double>(i) + (i % 2 == 0 ? 0.0 : -1.0), 1 + i, 10.0});
    traces[1].push_back({0.5 * static_cast<double>(i), 3, 20.0});
  }
  std::mt19937_64 random(5);
  const std::vector<Arrival> drawn = drawn_arrivals(traces, 60'000.0, random);
  CHECK(drawn.front().time_seconds == 0.0);
  CHECK(drawn.back().time_seconds < 60'000.0);
  CHECK(drawn.back().time_seconds > 59'990.0);
  std::size_t first = 0;
  for (std::size_t i = 0; i + 1 < drawn.size(); ++i) {
    const double gap = drawn[i + 1].time_seconds - drawn[i].time_seconds;
    const bool is_first = drawn[i].limit_seconds == 10.0;
    first += is_first ? 1 : 0;
    // An even number of requests stands before the gap of 3 s.
    CHECK(gap == doctest::Approx(!is_first ? 0.5 : drawn[i].requests % 2 == 0 ? 3.0 : 1.0));
  }
  const double share = static_cast<double>(first) / static_cast<double>(drawn.size());
  CHECK(share == doctest::Approx(0.5).epsilon(0.05));
  std::mt19937_64 again(5);
  CHECK(drawn_arrivals(traces, 60'000.0, again).size() == drawn.size());
  std::mt19937_64 other(6);
  CHECK(drawn_arrivals(traces, 60'000.0, other).size() != drawn.size());
}

TEST_CASE("nothing is drawn from a trace of one moment") {
  const std::vector<std::vector<Arrival>> traces = {{{1.0, 1, {}}, {1.0, 2, {}}}};
  std::mt19937_64 random(1);
  CHECK_THROWS_AS(drawn_arrivals(traces, 10.0, random), std::invalid_argument);
}

TEST_CASE("the busiest second may begin anywhere, and holds less than a whole second") {
  std::vector<LoggedRequest> requests;
  for (const double time : {0.0, 0.875, 1.25, 1.75, 1.875, 5.0}) requests.push_back(request(time));
  const TraceFigures figures = trace_figures(arrival_trace(requests));
  CHECK(figures.busiest_requests == 3);
  CHECK(figures.busiest_from_seconds == 0.875);
  CHECK(figures.span_seconds == 5.0);
  CHECK(trace_figures({}).busiest_requests == 0);
}
