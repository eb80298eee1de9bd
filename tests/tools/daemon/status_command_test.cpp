#include "tools/daemon/status_command.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/exit_codes.h"

using namespace flyball;

namespace {

nlohmann::ordered_json sample_status() {
  return {{"state", "runs"},
          {"pid", 42},
          {"board", "nano-4gb"},
          {"governor", "learned"},
          {"mode", "0 (MAXN)"},
          {"seconds", 63.4},
          {"decided_by", "governor"},
          {"paused_until_seconds", nullptr},
          {"knobs",
           {{{"name", "cpu"},
             {"now", 1036.8e6},
             {"lowest", 102e6},
             {"highest", 1479e6},
             {"floor", 102e6},
             {"ceiling", 1036.8e6}},
            {{"name", "batch"},
             {"now", 4},
             {"lowest", 1},
             {"highest", 16},
             {"floor", nullptr},
             {"ceiling", nullptr}}}},
          {"power_watts", 4.314},
          {"latency_seconds", nullptr},
          {"queue", 3},
          {"served", 1234.0},
          {"missed", 2.0},
          {"left_to_kernel", 7},
          {"guarded_share", 0.25}};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("durations are seconds, minutes or hours, and have an end") {
  CHECK(parse_duration("90") == 90.0);
  CHECK(parse_duration("1.5s") == 1.5);
  CHECK(parse_duration("10m") == 600.0);
  CHECK(parse_duration("2h") == 7200.0);
  for (const char* text : {"", "m", "0", "-1", "10d", "1 h", "inf", "nan", "169h", "10m5"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_duration(text), UsageError);
  }
}

TEST_CASE("a status fits a terminal and tells clocks, limits, power and who decides") {
  const std::string text = status_text(sample_status(), 0.5);
  CHECK(text.starts_with("runs for 63 s: learned on nano-4gb (process 42, mode 0 (MAXN))\n"));
  CHECK(contains(text, "asked 102 to 1036.8 limits 102 to 1479\n"));
  CHECK(contains(text, "asked nothing"));
  CHECK(contains(text, "power 4.31 W, latency - s, queue 3, served 1234, late 2\n"));
  CHECK(text.ends_with("left to the kernel 7 decisions, policy guarded 25.0 % of the time\n"));
  CHECK_FALSE(contains(text, "kernel's governors decide"));
  for (std::size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1) {
    CHECK(text.find('\n', begin) - begin <= 80);
  }
}

TEST_CASE("a status tells heat and a canary where there are some") {
  nlohmann::ordered_json status = sample_status();
  status["thermal"] = {
      {"state", "lowering"}, {"zone", "cpu"}, {"celsius", 92.0}, {"limit_celsius", 90.5}};
  status["canary"] = {
      {"verdict", "rolled back"}, {"reason", "no saving"},           {"share", 0.0}, {"pairs", 7},
      {"saving", 0.001},          {"compares", "energy per request"}};
  const std::string text = status_text(status, 0.5);
  CHECK(contains(text, "hot: cpu at 92.0 degrees C, limit 90.5: ceilings are lowered\n"));
  CHECK(
      contains(text, "canary: rolled back, 0.0 % of the time for the policy, 7 pairs; saves 0.1 "));
  CHECK(text.ends_with("\nno saving\n"));
}

TEST_CASE("who does not run, or says nothing, is told so") {
  nlohmann::ordered_json status = sample_status();
  status["state"] = "ended";
  status["ended_by"] = "errors";
  CHECK(status_text(status, 12.0).starts_with("ended 12 s ago by errors: learned on nano-4gb"));
  status["state"] = "died";
  CHECK(status_text(status, 12.0).starts_with("died 12 s ago"));
  status["state"] = "silent";
  CHECK(status_text(status, 12.0).starts_with("says nothing since 12 s"));
  CHECK(status_text(nlohmann::ordered_json::object({{"state", "none"}}), 0.0) ==
        "no flyballd runs here, or none that tells its status\n");
  status["state"] = "paused";
  status["paused_until_seconds"] = 1e12;
  CHECK(contains(status_text(status, 0.0), "more: the kernel's governors decide\n"));
}
