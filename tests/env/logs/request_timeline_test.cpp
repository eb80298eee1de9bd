#include "env/logs/request_timeline.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

using namespace flyball;

namespace {

LoggedRequest served(double arrival, double queue_exit, double completion, double limit) {
  return {arrival, queue_exit, completion, limit, false};
}

LoggedRequest given_up(double arrival, double completion, double limit) {
  return {arrival, std::nullopt, completion, limit, true};
}

}  // namespace

TEST_CASE("counters, queue and the integral of the number in the system are exact at any moment") {
  const std::vector<LoggedRequest> requests = {served(0.0, 1.0, 3.0, 2.0),
                                               served(1.0, 1.0, 3.0, 9.0), given_up(2.0, 6.0, 3.0)};
  RequestTimeline timeline(requests, 10.0);
  ApplicationTelemetry figures;

  timeline.advance_to(9.0);
  timeline.sample(figures);
  CHECK(figures.arrived == 0);
  CHECK(figures.in_system_seconds == 0.0);
  CHECK_FALSE(figures.deadline_seconds.has_value());
  CHECK_FALSE(figures.batch_effective.has_value());
  CHECK_FALSE(figures.finished);

  timeline.advance_to(12.5);
  timeline.sample(figures);
  CHECK(figures.arrived == 3);
  CHECK(figures.served == 0);
  CHECK(figures.queue_length == 3);
  CHECK(figures.in_system_seconds == doctest::Approx(2.5 + 1.5 + 0.5));
  CHECK(figures.deadline_seconds == 2.0);
  CHECK(*figures.slack_seconds == doctest::Approx(-0.5));  // the first one is late already
  CHECK(figures.batch_effective == 2.0);
  CHECK(figures.batches == 0);
  CHECK_FALSE(figures.latency_mean_seconds.has_value());

  timeline.advance_to(13.0);
  timeline.sample(figures);
  CHECK(figures.served == 2);
  CHECK(figures.missed == 1);
  CHECK(figures.batches == 1);
  CHECK(figures.latency_mean_seconds == doctest::Approx(2.5));
  CHECK(figures.latency_max_seconds == doctest::Approx(3.0));
  CHECK(figures.slack_seconds == doctest::Approx(2.0));
  CHECK(timeline.unfinished() == 1);

  timeline.advance_to(20.0);
  timeline.sample(figures);
  CHECK(figures.served == 2);  // a timed-out request is not served
  CHECK(figures.missed == 2);  // but it is missed
  CHECK(figures.in_system_seconds == doctest::Approx(3.0 + 2.0 + 4.0));
  CHECK_FALSE(figures.latency_mean_seconds.has_value());
  CHECK(figures.finished);
  CHECK(timeline.unfinished() == 0);
}

TEST_CASE("over any boundaries the parts of W add up to the sum of the latencies") {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  std::vector<LoggedRequest> requests;
  double sum = 0.0;
  for (int i = 0; i < 300; ++i) {
    const double arrival = 100.0 * uniform(random);
    const double latency = 5.0 * uniform(random);
    requests.push_back(served(arrival, arrival, arrival + latency, 2.0));
    sum += latency;
  }
  RequestTimeline timeline(requests, 0.0);
  double parts = 0.0;
  double time = -1.0;
  while (time < 110.0) {
    const double before = timeline.total().in_system_seconds;
    time += uniform(random);
    timeline.advance_to(time);
    parts += timeline.total().in_system_seconds - before;
  }
  CHECK(parts == doctest::Approx(sum).epsilon(1e-12));
  CHECK(timeline.total().served == 300.0);
}

TEST_CASE("requests that arrive and complete at the same moment count once") {
  const std::vector<LoggedRequest> requests = {served(1.0, 1.0, 1.0, 1.0),
                                               served(1.0, 1.0, 1.0, 1.0)};
  RequestTimeline timeline(requests, 0.0);
  timeline.advance_to(1.0);
  CHECK(timeline.total().served == 2.0);
  CHECK(timeline.total().in_system_seconds == 0.0);
}
