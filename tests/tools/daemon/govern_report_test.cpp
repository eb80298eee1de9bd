#include "tools/daemon/govern_report.h"

#include <doctest/doctest.h>

#include <string>

using namespace flyball;

namespace {

GovernReport sample_report() {
  GovernReport report;
  report.session.board = "nano-4gb";
  report.session.knobs = {"cpu", "gpu"};
  report.session.period_seconds = 0.5;
  report.session.sample_seconds = 0.1;
  report.session.loop.seconds = 60.0;
  report.session.loop.decisions = 120;
  report.session.loop.ticks = 600;
  report.session.restore.controls = 4;
  report.policy_checksum = "0123abcd";
  report.fallbacks = 3;
  report.last_levels = {403.2e6, 614.4e6};
  return report;
}

GuardReport guarded_once() {
  GuardReport guard;
  guard.seconds = 60.0;
  guard.turns = 1;
  guard.guarded_seconds[static_cast<std::size_t>(GuardCause::kQueue)] = 6.0;
  return guard;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a report begins with what was governed, and ends with how it was given back") {
  const std::string text = to_text(sample_report(), "duration");
  CHECK(
      text.starts_with("governed nano-4gb for 60.0 s (cpu, gpu), ended by duration\n"
                       "decisions 120, left to the kernel 3, readings 600\n"
                       "overruns 0 "));
  CHECK(text.ends_with(" controls\n"));
}

TEST_CASE("a dry run watched, and says that it wrote nothing") {
  GovernReport report = sample_report();
  report.session.dry_run = true;
  const std::string text = to_text(report, "SIGTERM");
  CHECK(text.starts_with("watched nano-4gb for 60.0 s (cpu, gpu), ended by SIGTERM\n"));
  CHECK(text.ends_with("dry run: nothing was written\n"));
  CHECK(to_json(report, "SIGTERM")["dry_run"] == true);
}

TEST_CASE("a guard is told of where it had a turn") {
  GovernReport report = sample_report();
  CHECK_FALSE(contains(to_text(report, "duration"), "guarded"));
  CHECK_FALSE(to_json(report, "duration").contains("guard"));
  report.guard = GuardReport{};
  CHECK_FALSE(contains(to_text(report, "duration"), "guarded"));
  CHECK(to_json(report, "duration")["guard"]["turns"] == 0);
  report.guard = guarded_once();
  CHECK(contains(to_text(report, "duration"),
                 "readings 600\npolicy guarded for 10.0 % of the time in 1 turn (queue 10.0 %)\n"));
  CHECK(to_json(report, "duration")["guard"]["guarded_share"] == doctest::Approx(0.1));
}

TEST_CASE("programs get every figure under a name with its unit") {
  const nlohmann::ordered_json json = to_json(sample_report(), "errors");
  CHECK(json["board"] == "nano-4gb");
  CHECK(json["policy_checksum"] == "0123abcd");
  CHECK(json["knobs"] == nlohmann::ordered_json({"cpu", "gpu"}));
  CHECK(json["period_seconds"] == 0.5);
  CHECK(json["sample_seconds"] == 0.1);
  CHECK(json["dry_run"] == false);
  CHECK(json["ended_by"] == "errors");
  CHECK(json["seconds"] == 60.0);
  CHECK(json["readings"] == 600);
  CHECK(json["decisions"] == 120);
  CHECK(json["left_to_kernel"] == 3);
  CHECK(json["last_levels"] == nlohmann::ordered_json({403.2e6, 614.4e6}));
  CHECK(json["restored_controls"] == 4);  // the session's, as session_end.h writes them
}

TEST_CASE("without a decision there is no last one") {
  GovernReport report = sample_report();
  report.session.loop.decisions = 0;
  report.last_levels.clear();
  CHECK(to_text(report, "SIGINT").starts_with("decided nothing on nano-4gb for 60.0 s"));
  CHECK(to_json(report, "SIGINT")["last_levels"] == nlohmann::ordered_json::array());
}

TEST_CASE("a shadow tells what its policy wanted, and how often the kernel ran just that") {
  GovernReport report = sample_report();
  report.session.dry_run = true;
  CHECK_FALSE(to_json(report, "SIGINT").contains("shadow"));
  report.shadow = ShadowReport{
      {{"cpu", {102e6, 403.2e6, 1479e6}, {0, 90, 30}}, {"batch", {1, 4}, {0, 120}}}, 120, 6};
  const std::string text = to_text(report, "SIGINT");
  CHECK(contains(text, "\nwanted: cpu 403.2 MHz 75.0 %, 1479 MHz 25.0 %; batch 4 100.0 %\n"));
  CHECK(contains(text, "\nthe kernel's governors ran that already in 5.0 % of the decisions\n"));
  const nlohmann::ordered_json json = to_json(report, "SIGINT")["shadow"];
  CHECK(json["decisions"] == 120);
  CHECK(json["same_share"] == doctest::Approx(0.05));
  REQUIRE(json["wanted"]["cpu"].size() == 2);
  CHECK(json["wanted"]["cpu"][0]["level"] == 403.2e6);
  CHECK(json["wanted"]["cpu"][0]["share"] == doctest::Approx(0.75));
}
