#include "tools/daemon/govern_report.h"

#include <fmt/format.h>

#include "tools/reports/guard_report.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

std::string line_of(const char* name, const DurationSummary& summary) {
  return fmt::format("  {:<8} {:>10.1f} {:>10.1f} {:>10.1f}\n", name, 1e6 * summary.p50_seconds,
                     1e6 * summary.p99_seconds, 1e6 * summary.max_seconds);
}

ordered_json json_of(const DurationSummary& summary) {
  return {{"count", summary.count},
          {"mean_seconds", summary.mean_seconds},
          {"p50_seconds", summary.p50_seconds},
          {"p99_seconds", summary.p99_seconds},
          {"max_seconds", summary.max_seconds}};
}

const char* what_was_done(const GovernReport& report) {
  if (report.loop.decisions == 0) return "decided nothing on";
  return report.dry_run ? "watched" : "governed";
}

std::string restore_text(const GovernReport& report) {
  if (report.dry_run) return "dry run: nothing was written\n";
  if (report.restore.succeeded()) {
    return fmt::format("given back to the kernel as found: {} controls\n", report.restore.controls);
  }
  return fmt::format("NOT given back ({} of {} controls); `flyballd restore` tries again:\n  {}\n",
                     report.restore.failures.size(), report.restore.controls,
                     fmt::join(report.restore.failures, "\n  "));
}

}  // namespace

std::string to_text(const GovernReport& report, const std::string& ended_by) {
  const LoopReport& loop = report.loop;
  std::string text =
      fmt::format("{} {} for {:.1f} s ({}), ended by {}\n", what_was_done(report), report.board,
                  loop.seconds, fmt::join(report.knobs, ", "), ended_by);
  text += fmt::format("decisions {}, left to the kernel {}, readings {}\n", loop.decisions,
                      report.fallbacks, loop.ticks);
  if (report.guard && report.guard->turns > 0) {
    text += fmt::format("guarded for {}\n", to_text(*report.guard));
  }
  if (loop.set_aside > 0) {
    text += fmt::format("stepped aside for {} decisions: somebody else wrote the limits\n",
                        loop.set_aside);
  }
  text += fmt::format("overruns {} ({} deadlines let go), device errors {}{}\n", loop.overruns,
                      loop.skipped, loop.errors,
                      loop.errors == 0 ? "" : ", the last: " + report.last_failure);
  text += fmt::format("  {:<8} {:>10} {:>10} {:>10}\n", "time, us", "p50", "p99", "max");
  text += line_of("read", loop.read) + line_of("decide", loop.decide);
  text += line_of("apply", loop.apply) + line_of("late", loop.late);
  return text + restore_text(report);
}

ordered_json to_json(const GovernReport& report, const std::string& ended_by) {
  const LoopReport& loop = report.loop;
  ordered_json json = {{"board", report.board},
                       {"policy_checksum", report.policy_checksum},
                       {"knobs", report.knobs},
                       {"period_seconds", report.period_seconds},
                       {"sample_seconds", report.sample_seconds},
                       {"dry_run", report.dry_run},
                       {"ended_by", ended_by},
                       {"seconds", loop.seconds},
                       {"readings", loop.ticks},
                       {"decisions", loop.decisions},
                       {"left_to_kernel", report.fallbacks},
                       {"last_levels", report.last_levels},
                       {"overruns", loop.overruns},
                       {"skipped_deadlines", loop.skipped},
                       {"stepped_aside", loop.set_aside},
                       {"errors", loop.errors},
                       {"handed_back", loop.handed_back}};
  if (report.guard) json["guard"] = to_json(*report.guard);
  if (loop.errors > 0) {
    json["first_error"] = loop.first_error.message();
    json["last_error"] = report.last_failure;
  }
  json["read"] = json_of(loop.read);
  json["decide"] = json_of(loop.decide);
  json["apply"] = json_of(loop.apply);
  json["late"] = json_of(loop.late);
  json["restored_controls"] = report.restore.controls;
  json["restore_failures"] = report.restore.failures;
  json["restore_remarks"] = report.restore.remarks;
  return json;
}

}  // namespace flyball
