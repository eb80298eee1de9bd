#include "tools/evaluation/chrome_trace.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "controllers/evaluation/simulated_run.h"
#include "tests/support/small_board.h"

using namespace flyball;
using doctest::Approx;
using nlohmann::json;

namespace {

// Six requests in four batches at once full clocks, then at half: the GPU's ceiling is held down.
struct Traced {
  RunFigures figures;
  json document;
};

Traced traced() {
  SimConfig config = small_config(
      std::vector<Arrival>{{0.0, 2, 1.0}, {0.05, 1, 1.0}, {3.0, 1, 1.0}, {5.0, 2, 0.1}});
  TimelineRecorder recorder;
  config.watcher = &recorder;
  const std::vector<std::string> knobs = {"gpu"};
  const std::vector<LevelRange> ranges = {{0, 1}};
  Traced traced{run_held(config, knobs, ranges, 100.0), {}};
  traced.document = json::parse(chrome_trace({{"held", recorder.timeline()}}));
  return traced;
}

std::vector<json> events_of(const json& document, const std::string& phase) {
  std::vector<json> events;
  for (const json& event : document.at("traceEvents")) {
    if (event.at("ph") == phase) events.push_back(event);
  }
  return events;
}

}  // namespace

TEST_CASE("a trace is what Perfetto reads: every event has its phase, process and time") {
  const json document = traced().document;
  REQUIRE(document.at("traceEvents").size() > 20);
  for (const json& event : document.at("traceEvents")) {
    CAPTURE(event.dump());
    CHECK(event.at("pid").is_number_unsigned());
    CHECK(event.at("name").is_string());
    const std::string phase = event.at("ph");
    if (phase == "M") continue;
    CHECK(event.at("ts").get<double>() >= 0.0);
    if (phase == "X") {
      CHECK(event.at("dur").get<double>() >= 0.0);
    } else {
      CHECK(phase == "C");
      CHECK(event.at("args").size() == 1);
      CHECK(event.at("args").begin()->is_number());
    }
  }
  CHECK(events_of(document, "M").front().at("args").at("name") == "held");
}

TEST_CASE("a trace agrees with the run's figures") {
  const Traced run = traced();
  double joules = 0.0;
  double watts = 0.0;
  double since = 0.0;
  double largest_queue = 0.0;
  for (const json& event : events_of(run.document, "C")) {
    if (event.at("name") == "requests in the system") {
      largest_queue = std::max(largest_queue, event.at("args").at("requests").get<double>());
    }
    if (event.at("name") != "power") continue;
    const double seconds = 1e-6 * event.at("ts").get<double>();
    joules += watts * (seconds - since);
    since = seconds;
    watts = event.at("args").at("W").get<double>();
  }
  joules += watts * (run.figures.seconds - since);
  CHECK(joules == Approx(run.figures.energy_joules).epsilon(1e-9));
  CHECK(largest_queue == 3.0);

  double served = 0.0;
  double clock_seconds = 0.0;
  for (const json& event : events_of(run.document, "X")) {
    const std::string name = event.at("name");
    if (event.at("tid") == 1) served += std::stod(name.substr(std::string("batch of ").size()));
    if (event.at("tid") == 3) clock_seconds += 1e-6 * event.at("dur").get<double>();
    if (event.at("tid") == 3 && event.at("ts") > 0.0) CHECK(name == "100-200 MHz");
  }
  CHECK(served == static_cast<double>(run.figures.served));
  CHECK(clock_seconds == Approx(run.figures.seconds));  // a setting is in force all the time
}
