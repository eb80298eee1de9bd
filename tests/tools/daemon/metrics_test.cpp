#include "tools/daemon/metrics.h"

#include <doctest/doctest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

using namespace flyball;
using nlohmann::ordered_json;

namespace {

ordered_json status() {
  return {{"state", "runs"},
          {"board", "nano-4gb"},
          {"governor", "learned"},
          {"mode", "0 (\"MAXN\")"},
          {"decided_by", "governor"},
          {"seconds", 60.5},
          {"power_watts", 4.25},
          {"latency_seconds", nullptr},
          {"served", 120.0},
          {"missed", 3.0},
          {"knobs",
           {{{"name", "cpu"}, {"now", 1479e6}, {"floor", nullptr}, {"highest", 1479e6}},
            {{"name", "batch"}, {"now", 4.0}, {"floor", 4.0}, {"highest", 8.0}}}}};
}

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("the figures of a status are told in SI units, knobs by a label") {
  const std::string text = metrics_text(status(), 0.5, true);
  CAPTURE(text);
  CHECK(has(text, "flyball_up 1"));
  CHECK(has(text, "flyball_power_watts 4.25"));
  CHECK(has(text, "flyball_served_total 120"));
  CHECK(has(text, "flyball_knob{knob=\"cpu\"} 1479000000"));
  CHECK(has(text, "flyball_knob{knob=\"batch\"} 4"));
  CHECK(has(text, "flyball_knob_floor{knob=\"batch\"} 4"));
  CHECK(has(text, "# TYPE flyball_missed_total counter"));
}

TEST_CASE("what is absent is left out, and quotes in a label do not end it") {
  const std::string text = metrics_text(status(), 0.5, true);
  CHECK(text.find("flyball_latency_seconds") == std::string::npos);
  CHECK(text.find("flyball_guarded_share") == std::string::npos);
  CHECK(text.find("flyball_knob_floor{knob=\"cpu\"}") == std::string::npos);
  CHECK(has(text,
            "flyball_info{board=\"nano-4gb\",governor=\"learned\",mode=\"0 (\\\"MAXN\\\")\"} 1"));
}

TEST_CASE("each metric has one head, and every line is one of a metric") {
  std::set<std::string> heads;
  std::istringstream lines(metrics_text(status(), 0.5, true));
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    if (line.starts_with("# TYPE ")) {
      CHECK(heads.insert(line.substr(7, line.find(' ', 7) - 7)).second);
    } else if (!line.starts_with("# HELP ")) {
      CHECK(heads.contains(line.substr(0, line.find_first_of("{ "))));
    }
  }
  CHECK(heads.size() > 10);
}

TEST_CASE("the dashboard for Grafana asks for metrics that there are") {
  std::ifstream file(FLYBALL_SOURCE_DIR "/tools/packaging/grafana.json");
  const ordered_json dashboard = ordered_json::parse(file);
  ordered_json whole = status();
  for (const char* key : {"latency_seconds", "queue", "left_to_kernel", "guarded_share"}) {
    whole[key] = 0.5;
  }
  const std::string text = metrics_text(whole, 0.5, true);
  const std::regex name("flyball_[a-z_]+");
  std::size_t count = 0;
  for (const ordered_json& panel : dashboard["panels"]) {
    for (const ordered_json& target : panel["targets"]) {
      const auto asked = target["expr"].get<std::string>();
      std::smatch found;
      REQUIRE(std::regex_search(asked, found, name));
      CAPTURE(asked);
      CHECK(text.find("# TYPE " + found.str() + " ") != std::string::npos);
      ++count;
    }
  }
  CHECK(count >= 10);
}

TEST_CASE("what a canary has found is a number each") {
  ordered_json whole = status();
  whole["canary"] = {{"verdict", "kept"}, {"share", 0.9}, {"saving_low", 0.05}};
  const std::string text = metrics_text(whole, 0.5, true);
  CHECK(has(text, "flyball_canary_verdict{verdict=\"kept\"} 1"));
  CHECK(has(text, "flyball_canary_verdict{verdict=\"rolled back\"} 0"));
  CHECK(has(text, "flyball_canary_share 0.9"));
  CHECK(has(text, "flyball_canary_saving_low 0.05"));
  CHECK(text.find("flyball_canary_saving_high") == std::string::npos);
  CHECK(metrics_text(status(), 0.5, true).find("canary") == std::string::npos);
}

TEST_CASE("heat is told where there is a limit") {
  ordered_json whole = status();
  whole["thermal"] = ordered_json::object({{"state", "off"}});
  CHECK(metrics_text(whole, 0.5, true).find("thermal") == std::string::npos);
  whole["thermal"] = {{"state", "lowering"}, {"celsius", 91.5}, {"limit_celsius", 90.0}};
  const std::string text = metrics_text(whole, 0.5, true);
  CHECK(has(text, "flyball_thermal_lowering 1"));
  CHECK(has(text, "flyball_thermal_celsius 91.5"));
  CHECK(has(text, "flyball_thermal_limit_celsius 90"));
}

TEST_CASE("of a daemon that is gone only that is told") {
  CHECK(has(metrics_text({{"state", "none"}}, 0.0, false), "flyball_up 0"));
  ordered_json died = status();
  died["state"] = "died";
  const std::string text = metrics_text(died, 90.0, false);
  CHECK(has(text, "flyball_up 0"));
  CHECK(has(text, "flyball_status_age_seconds 90"));
  CHECK(text.find("flyball_power_watts") == std::string::npos);
}
