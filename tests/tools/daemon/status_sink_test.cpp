#include "tools/daemon/status_sink.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/controllers/sample_plant.h"
#include "tests/support/allocation_counter.h"
#include "tests/support/board_tree.h"

using namespace flyball;

namespace {

class Rows final : public TelemetrySink {
 public:
  void write(const TelemetryRow&) override { ++count; }
  int count = 0;
};

// Half a second in which the board drew 5 W and served one request, late, in 0.2 s.
TelemetryRow row_at(double time_seconds) {
  TelemetryRow row;
  row.telemetry.time_seconds = time_seconds;
  row.telemetry.domains.refill(time_seconds) = {{2e8, 2e8, 1e8, 3e8, 0.5, std::nullopt},
                                                {4e8, 4e8, 2e8, 4e8, 0.5, std::nullopt}};
  row.telemetry.total_watts.refill(time_seconds) = 5.0;
  row.telemetry.application.refill(time_seconds).queue_length = 3;
  row.period_seconds = 0.5;
  row.after_effect = {0.5, 2.5, 0.2, 1.0, 1.0};
  row.decided_by = DecidedBy::kPolicy;
  const std::vector<Level> levels = {1, 2};
  row.setting = Setting::pinned(levels);
  return row;
}

class Bench {
 public:
  Bench() : file_(tree_.root()), modes_(tree_.root(), small_board()) {}

  StatusSink sink(TelemetrySink* next = nullptr) {
    return {file_,
            {plant_,
             {0, 1},
             "learned",
             modes_,
             [] {
               GovernorCounts counts{7, 0.25, CanaryReport{}};
               counts.canary->verdict = CanaryVerdict::kKept;
               return counts;
             }},
            next};
  }
  StatusSink sink_without_canary() {
    return {file_, {plant_, {0, 1}, "learned", modes_, {}}, nullptr};
  }
  nlohmann::json status() const {
    const std::optional<std::string> text = read_status(tree_.root());
    REQUIRE(text);
    return nlohmann::json::parse(*text);
  }
  bool has_status() const { return read_status(tree_.root()).has_value(); }

 private:
  BoardTree tree_;
  PlantDescription plant_ = sample_plant();
  StatusFile file_;
  ModeWatch modes_;
};

}  // namespace

TEST_CASE("once a second a status tells what runs, what was asked for, and what it cost") {
  Bench bench;
  Rows log;
  StatusSink sink = bench.sink(&log);
  CHECK_FALSE(bench.has_status());
  sink.write(row_at(10.0));
  CHECK(bench.status()["served"] == 1.0);
  sink.write(row_at(10.5));
  CHECK(bench.status()["served"] == 1.0);  // half a second later
  sink.write(row_at(11.0));
  CHECK(log.count == 3);
  const nlohmann::json status = bench.status();
  CHECK(status["state"] == "runs");
  CHECK(status["board"] == "test-board");
  CHECK(status["governor"] == "learned");
  CHECK(status["mode"] == "-");
  CHECK(status["seconds"] == doctest::Approx(1.5));
  CHECK(status["decided_by"] == "governor");
  CHECK(status["power_watts"] == doctest::Approx(5.0));
  CHECK(status["latency_seconds"] == doctest::Approx(0.2));
  CHECK(status["queue"] == 3);
  CHECK(status["served"] == 3.0);
  CHECK(status["missed"] == 3.0);
  CHECK(status["left_to_kernel"] == 7);
  CHECK(status["guarded_share"] == 0.25);
  CHECK(status["thermal"].is_null());
  CHECK(status["canary"]["verdict"] == "kept");
  REQUIRE(status["knobs"].size() == 2);
  const nlohmann::json& gpu = status["knobs"][1];
  CHECK(gpu["name"] == "gpu");
  CHECK(gpu["now"] == 4e8);
  CHECK(gpu["lowest"] == 2e8);
  CHECK(gpu["highest"] == 4e8);
  CHECK(gpu["floor"] == 4e8);
  CHECK(gpu["ceiling"] == 4e8);
}

TEST_CASE("after the first status another one allocates nothing") {
  Bench bench;
  StatusSink sink = bench.sink_without_canary();
  const TelemetryRow first = row_at(10.0);
  const TelemetryRow later = row_at(12.0);
  sink.write(first);
  const std::size_t before = allocation_count();
  sink.write(later);
  CHECK(allocation_count() == before);
  CHECK(bench.status()["served"] == 2.0);
}

TEST_CASE("what is absent is null, and the kernel decides where nothing was set") {
  Bench bench;
  StatusSink sink = bench.sink();
  TelemetryRow row;
  row.period_seconds = 0.1;
  sink.write(row);
  const nlohmann::json status = bench.status();
  for (const char* key : {"power_watts", "latency_seconds", "queue", "paused_until_seconds"}) {
    CAPTURE(key);
    CHECK(status[key].is_null());
  }
  CHECK(status["decided_by"] == "kernel");
  CHECK(status["knobs"][0]["now"].is_null());
  CHECK(status["knobs"][0]["floor"].is_null());
}

TEST_CASE("a pause and the end are told") {
  Bench bench;
  StatusSink sink = bench.sink();
  sink.set_pause(1234.5);
  sink.write(row_at(1.0));
  CHECK(bench.status()["state"] == "paused");
  CHECK(bench.status()["paused_until_seconds"] == 1234.5);
  sink.end("errors");
  CHECK(bench.status()["state"] == "ended");
  CHECK(bench.status()["ended_by"] == "errors");
}

TEST_CASE("CPUs that the hardware holds back are named") {
  Bench bench;
  StatusSink sink = bench.sink();
  sink.write(row_at(1.0));
  CHECK(bench.status()["throttled"] == nlohmann::json::array());
  sink.set_throttled({{"cpu0", true, 8e8, 17e8}, {"cpu2", false, 17e8, 17e8}});
  sink.write(row_at(3.0));
  CHECK(bench.status()["throttled"] == nlohmann::json({"cpu0"}));
  sink.set_throttled({});
  sink.write(row_at(5.0));
  CHECK(bench.status()["throttled"].empty());
}

TEST_CASE("what came of reading the policy again is told with the next row") {
  Bench bench;
  StatusSink sink = bench.sink();
  sink.write(row_at(10.0));
  CHECK(bench.status()["can_reload"] == false);
  CHECK(bench.status()["reloads"] == 0);
  CHECK(bench.status()["reload_refused"].is_null());
  sink.note_reload("no such file");
  sink.write(row_at(10.5));
  CHECK(bench.status()["reloads"] == 1);
  CHECK(bench.status()["reload_refused"] == "no such file");
  sink.note_reload("");
  sink.write(row_at(10.6));
  CHECK(bench.status()["reloads"] == 2);
  CHECK(bench.status()["reload_refused"].is_null());
}
