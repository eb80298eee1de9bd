#include "tools/daemon/session_end.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <system_error>

#include "tests/support/captured_stream.h"
#include "tools/exit_codes.h"

using namespace flyball;

namespace {

// A minute's run that went well.
SessionReport good_report() {
  SessionReport report;
  report.board = "nano-4gb";
  report.knobs = {"cpu", "gpu"};
  report.loop.seconds = 60.04;
  report.loop.decisions = 600;
  report.loop.ticks = 6000;
  report.restore.controls = 4;
  return report;
}

SessionReport report_of_an_error() {
  SessionReport report = good_report();
  report.loop.errors = 3;
  report.loop.first_error = std::make_error_code(std::errc::io_error);
  report.last_failure = "gpu/max_freq: Permission denied";
  return report;
}

SessionReport report_of_a_failed_restore() {
  SessionReport report = good_report();
  report.restore.failures = {"cpu/scaling_max_freq: Input/output error", "gpu/max_freq: refused"};
  return report;
}

SessionOptions for_a_minute() {
  SessionOptions options;
  options.for_seconds = 60.0;
  return options;
}

std::string remarks_on(const SessionReport& report) {
  return captured(STDERR_FILENO, [&] { remark_on_end(report, "flyballd run"); });
}

std::string last_line(const std::string& text) {
  return text.substr(text.rfind('\n', text.size() - 2) + 1);
}

}  // namespace

TEST_CASE("a run ends by its time, by nothing, by a signal or with the application") {
  SessionReport report = good_report();
  CHECK(ending(report, for_a_minute(), 0) == "duration");
  CHECK(ending(report, {}, 0) == "nothing");
  CHECK(ending(report, for_a_minute(), SIGTERM) == "SIGTERM");
  CHECK(ending(report, {}, SIGINT) == "SIGINT");
  report.loop.finished = true;
  CHECK(ending(report, for_a_minute(), SIGTERM) == "application finished");
}

TEST_CASE("what is worse is what a run is said to have ended by") {
  SessionReport report = good_report();
  report.loop.finished = true;
  report.unguarded = true;
  CHECK(ending(report, for_a_minute(), SIGTERM) == "the guard process's end");
  report.loop.handed_back = true;
  CHECK(ending(report, for_a_minute(), SIGTERM) == "errors");
}

TEST_CASE("a run that did what was asked for is a success, one that was cut short is not") {
  SessionReport report = good_report();
  CHECK(exit_code_of(report, for_a_minute(), 0) == kExitOk);
  CHECK(exit_code_of(report, {}, SIGTERM) == kExitOk);  // there is no other end
  CHECK(exit_code_of(report, for_a_minute(), SIGTERM) == kExitInterrupted);
  report.loop.finished = true;
  CHECK(exit_code_of(report, for_a_minute(), SIGTERM) == kExitOk);
}

TEST_CASE("clocks that are not back, too many errors and a lost guard are the board's refusal") {
  CHECK(exit_code_of(report_of_a_failed_restore(), for_a_minute(), SIGTERM) == kExitRefused);
  SessionReport handed_back = report_of_an_error();
  handed_back.loop.handed_back = true;
  CHECK(exit_code_of(handed_back, for_a_minute(), 0) == kExitRefused);
  SessionReport unguarded = good_report();
  unguarded.unguarded = true;
  CHECK(exit_code_of(unguarded, for_a_minute(), 0) == kExitRefused);
}

TEST_CASE("errors are forgiven where something was decided, and where there were none") {
  SessionReport report = report_of_an_error();
  CHECK(exit_code_of(report, for_a_minute(), 0) == kExitOk);
  report.loop.decisions = 0;
  CHECK(exit_code_of(report, for_a_minute(), 0) == kExitRefused);
  report.loop.errors = 0;
  CHECK(exit_code_of(report, for_a_minute(), 0) == kExitOk);
}

TEST_CASE("of a run that went well an operator hears nothing") {
  CHECK(remarks_on(good_report()).empty());
  CHECK(remarks_on(report_of_an_error()).empty());  // few enough to go on
}

TEST_CASE("an operator hears why the kernel governs again") {
  SessionReport report = report_of_an_error();
  report.loop.handed_back = true;
  CHECK(remarks_on(report) ==
        "flyballd run: too many device errors, the last: gpu/max_freq: Permission denied; the "
        "kernel governs\n");
  report.loop.refused = true;
  CHECK(remarks_on(report) ==
        "flyballd run: gpu/max_freq: Permission denied; the kernel governs\n");
}

TEST_CASE("an operator hears of a lost guard, of remarks and of the first control not put back") {
  SessionReport report = report_of_a_failed_restore();
  report.unguarded = true;
  report.restore.remarks = {"batch: gone", "the backup stays"};
  CHECK(remarks_on(report) ==
        "flyballd run: the guard process, or the one that watches over it, is gone; whichever is "
        "left "
        "gives the clocks back\n"
        "flyballd run: batch: gone\n"
        "flyballd run: the backup stays\n"
        "flyballd run: not put back: cpu/scaling_max_freq: Input/output error\n");
}

TEST_CASE("the first line says what was done, where, how long and how it ended") {
  SessionReport report = good_report();
  CHECK(headline(report, "governed", "duration") ==
        "governed nano-4gb for 60.0 s (cpu, gpu), ended by duration\n");
  report.loop.decisions = 0;
  CHECK(headline(report, "governed", "SIGTERM") ==
        "decided nothing on nano-4gb for 60.0 s (cpu, gpu), ended by SIGTERM\n");
}

TEST_CASE("the loop's times are in microseconds, a line each, below its errors") {
  SessionReport report = good_report();
  report.loop.overruns = 2;
  report.loop.skipped = 1;
  report.loop.read = {6000, 4e-5, 30e-6, 90e-6, 1234.5e-6};
  const std::string text = to_text(report);
  CHECK(
      text.starts_with("overruns 2 (1 deadlines let go), device errors 0\n"
                       "  time, us        p50        p99        max\n"
                       "  read           30.0       90.0     1234.5\n"
                       "  decide          0.0        0.0        0.0\n"
                       "  apply           0.0        0.0        0.0\n"
                       "  tick            0.0        0.0        0.0\n"
                       "  late            0.0        0.0        0.0\n"));
  report = report_of_an_error();
  report.loop.set_aside = 7;
  CHECK(to_text(report).starts_with(
      "stepped aside for 7 decisions: somebody else wrote the limits\n"
      "overruns 0 (0 deadlines let go), device errors 3, the last: gpu/max_freq: Permission "
      "denied\n"));
}

TEST_CASE("the last line says that limits are as found, or as others set them meanwhile") {
  CHECK(last_line(to_text(good_report())) ==
        "given back to the kernel as found, or as others set them meanwhile: 4 controls\n");
}

TEST_CASE("the end says what was not given back, who gives it back, and that nothing was written") {
  CHECK(to_text(report_of_a_failed_restore())
            .ends_with("NOT given back (2 of 4 controls); `flyballd restore` tries again:\n"
                       "  cpu/scaling_max_freq: Input/output error\n"
                       "  gpu/max_freq: refused\n"));
  SessionReport report = good_report();
  report.unguarded = true;
  CHECK(last_line(to_text(report)) ==
        "the guard process was lost: the clocks are given back without this process\n");
  report.dry_run = true;
  CHECK(last_line(to_text(report)) == "dry run: nothing was written\n");
}

TEST_CASE("programs get the same figures, and errors only where there were some") {
  SessionReport report = good_report();
  report.loop.overruns = 2;
  report.loop.skipped = 1;
  report.loop.set_aside = 5;
  report.loop.decide = {600, 4e-5, 3e-5, 9e-5, 1e-3};
  nlohmann::ordered_json json = {{"board", "nano-4gb"}};
  add_to_json(report, json);
  CHECK(json["board"] == "nano-4gb");
  CHECK(json["overruns"] == 2);
  CHECK(json["skipped_deadlines"] == 1);
  CHECK(json["stepped_aside"] == 5);
  CHECK(json["errors"] == 0);
  CHECK(json["handed_back"] == false);
  CHECK_FALSE(json.contains("first_error"));
  CHECK_FALSE(json.contains("last_error"));
  CHECK(json["decide"] == nlohmann::ordered_json({{"count", 600},
                                                  {"mean_seconds", 4e-5},
                                                  {"p50_seconds", 3e-5},
                                                  {"p99_seconds", 9e-5},
                                                  {"max_seconds", 1e-3}}));
  for (const char* key : {"read", "apply", "tick", "late"}) CHECK(json[key]["count"] == 0);
  CHECK(json["restored_controls"] == 4);
  CHECK(json["restore_failures"].empty());

  report = report_of_an_error();
  report.loop.handed_back = true;
  report.restore = report_of_a_failed_restore().restore;
  report.restore.remarks = {"batch: gone"};
  add_to_json(report, json);
  CHECK(json["errors"] == 3);
  CHECK(json["handed_back"] == true);
  CHECK(json["first_error"] == "Input/output error");
  CHECK(json["last_error"] == "gpu/max_freq: Permission denied");
  CHECK(json["restore_failures"].size() == 2);
  CHECK(json["restore_remarks"] == nlohmann::ordered_json({"batch: gone"}));
}
