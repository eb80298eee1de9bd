#include "tools/training/log_facts.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "env/errors.h"
#include "tests/support/error_text.h"

using namespace flyball;

namespace {

// A CPU, a GPU and a batch size.
TelemetryLogHeader sample_header(std::vector<std::string> leased) {
  TelemetryLogHeader header;
  header.plant.board = "sample";
  header.plant.domains = {{"cpu0", DomainKind::kCpu, {1e9, 2e9}, 0.001, {0}},
                          {"gpu", DomainKind::kGpu, {1e8, 2e8}, 0.001, {}}};
  header.plant.knobs = {{"cpu", {1e9, 2e9}, {0}}, {"gpu", {1e8, 2e8}, {1}}, {"batch", {1, 4}, {}}};
  header.plant.has_application = true;
  header.leased_knobs = std::move(leased);
  return header;
}

struct Load {
  double row_seconds = 0.5;
  std::uint64_t batches_per_row = 2;
  std::vector<std::uint64_t> queue = {4};  // by turns
  std::optional<double> deadline_seconds;
};

// Ten rows; the GPU moves in every second one, and a decision is taken there.
NamedTelemetry log_of(const std::string& name, const Load& load = {},
                      std::vector<std::string> leased = {"gpu"}) {
  NamedTelemetry named{name, {sample_header(std::move(leased)), {}}};
  for (std::size_t i = 0; i < 10; ++i) {
    TelemetryRow row;
    row.telemetry.time_seconds = load.row_seconds * static_cast<double>(i);
    row.period_seconds = load.row_seconds;
    auto& domains = row.telemetry.domains.refill(0.0);
    domains.resize(2);
    domains[0].effective_hz = 1e9;
    domains[1].effective_hz = i % 2 == 0 ? 1e8 : 2e8;
    ApplicationTelemetry& application = row.telemetry.application.refill(0.0);
    application.batches = load.batches_per_row * i;
    application.queue_length = load.queue[i % load.queue.size()];
    application.deadline_seconds = load.deadline_seconds;
    row.decided = i % 2 == 0;
    named.log.rows.push_back(row);
  }
  return named;
}

void turn_cpu(NamedTelemetry& named) {
  named.log.rows.back().telemetry.domains.refill(0.0)[0].effective_hz = 2e9;
}

std::string refusal(const std::vector<NamedTelemetry>& logs) {
  CHECK_THROWS_AS(facts_of(logs), DataError);
  return error_text([&] { facts_of(logs); });
}

}  // namespace

TEST_CASE("a log shows what was turned, how often it was decided, and how the load was") {
  const LogFacts facts = facts_of({log_of("a.csv")});
  CHECK(facts.knobs == std::vector<std::string>{"gpu"});
  CHECK(facts.held == std::vector<std::string>{"batch", "cpu"});
  CHECK(facts.row_seconds == 0.5);
  CHECK(facts.decision_seconds == 1.0);
  CHECK_FALSE(facts.deadline_seconds.has_value());
  CHECK(facts.batch_seconds == 0.25);
  CHECK(facts.queue_spread == 0.0);
  CHECK_FALSE(facts.scenario.has_value());
  CHECK(facts.is_saturated());
}

TEST_CASE("a queue that comes and goes, or a deadline, is no saturated job") {
  Load load;
  load.queue = {0, 8};
  const LogFacts bursty = facts_of({log_of("a.csv", load)});
  CHECK(bursty.queue_spread == doctest::Approx(2.0));  // 8 over a median of 4
  CHECK_FALSE(bursty.is_saturated());
  load = {};
  load.deadline_seconds = 0.1;
  const LogFacts timed = facts_of({log_of("a.csv", load)});
  CHECK(timed.deadline_seconds == 0.1);
  CHECK_FALSE(timed.is_saturated());
  load.queue = {0};
  CHECK(facts_of({log_of("a.csv", load)}).queue_spread == 0.0);  // empty all the time
}

TEST_CASE("without a lease whatever moved was turned, with one only what was lent") {
  NamedTelemetry both = log_of("a.csv", {}, {});
  turn_cpu(both);
  CHECK(facts_of({both}).knobs == std::vector<std::string>{"cpu", "gpu"});
  NamedTelemetry lent = log_of("a.csv");
  turn_cpu(lent);  // by its resident
  CHECK(facts_of({lent}).knobs == std::vector<std::string>{"gpu"});
}

TEST_CASE("a batch size is turned where what is recommended takes a second value") {
  NamedTelemetry named = log_of("a.csv", {}, {"batch"});
  named.log.rows[2].telemetry.application.refill(0.0).batch_recommended = 1.0;
  CHECK(refusal({named}).starts_with("a.csv: nothing was turned in it"));
  named.log.rows[3].telemetry.application.refill(0.0).batch_recommended = 4.0;
  CHECK(facts_of({named}).knobs == std::vector<std::string>{"batch"});
}

TEST_CASE("of several logs the knobs count that each of them turned, and the longest rows") {
  NamedTelemetry both = log_of("a.csv", {}, {});
  turn_cpu(both);
  Load slow;
  slow.row_seconds = 1.0;
  const LogFacts facts = facts_of({both, log_of("b.csv", slow)});
  CHECK(facts.knobs == std::vector<std::string>{"gpu"});
  CHECK(facts.held == std::vector<std::string>{"batch", "cpu"});
  CHECK(facts.row_seconds == 1.0);
  CHECK(facts.batch_seconds == doctest::Approx((4.5 + 9.0) / 36.0));
}

TEST_CASE("a scenario is known where every log was simulated from the same one") {
  NamedTelemetry first = log_of("a.csv");
  first.log.header.scenario = "simulated quickstart";
  NamedTelemetry second = first;
  CHECK(facts_of({first, second}).scenario == "quickstart");
  second.log.header.scenario = "simulated other";
  CHECK_FALSE(facts_of({first, second}).scenario.has_value());
  CHECK_FALSE(facts_of({first, log_of("b.csv")}).scenario.has_value());
  CHECK_FALSE(facts_of({log_of("b.csv"), first}).scenario.has_value());
}

TEST_CASE("figures of an application that began anew are not taken off the old ones") {
  NamedTelemetry named = log_of("a.csv");
  for (std::size_t i = 5; i < 10; ++i) {
    named.log.rows[i].telemetry.application.refill(0.0).batches -= 10;
  }
  CHECK(facts_of({named}).batch_seconds == doctest::Approx(4.0 / 16.0));
}

TEST_CASE("without a decision, a batch or a queue those figures stay away") {
  NamedTelemetry named = log_of("a.csv");
  for (TelemetryRow& row : named.log.rows) {
    row.decided = false;
    ApplicationTelemetry& application = row.telemetry.application.refill(0.0);
    application.batches = 0;
    application.finished = true;
  }
  const LogFacts facts = facts_of({named});
  CHECK_FALSE(facts.decision_seconds.has_value());
  CHECK(facts.batch_seconds == 0.0);
  CHECK(facts.queue_spread == 0.0);
}

TEST_CASE("a log that says too little is refused with its name and the way on") {
  NamedTelemetry still = log_of("still.csv");
  for (TelemetryRow& row : still.log.rows) {
    row.telemetry.domains.refill(0.0)[1].effective_hz = 1e8;
  }
  CHECK(refusal({log_of("a.csv"), still}) ==
        "still.csv: nothing was turned in it: no knob took a second value; record one with "
        "exploration (flyballd explore, flyball simulate --explore 0.2)");
  NamedTelemetry silent = log_of("silent.csv");
  for (TelemetryRow& row : silent.log.rows) row.telemetry.application.clear();
  CHECK(refusal({silent}) ==
        "silent.csv: the application's figures are missing: without requests there is no cost of "
        "one (flyball import --requests adds a request log)");
  NamedTelemetry empty = log_of("empty.csv");
  empty.log.rows.clear();
  CHECK(refusal({empty}) == "empty.csv: holds no row");
}

TEST_CASE("logs that turn different knobs are not one task") {
  NamedTelemetry other = log_of("b.csv", {}, {"cpu"});
  turn_cpu(other);
  CHECK(refusal({log_of("a.csv"), other}) == "the logs turn different knobs: train on each alone");
}
