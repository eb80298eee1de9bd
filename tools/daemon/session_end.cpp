#include "tools/daemon/session_end.h"

#include <fmt/format.h>
#include <string.h>

#include "tools/console.h"
#include "tools/exit_codes.h"

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

std::string restore_text(const SessionReport& report) {
  if (report.dry_run) return "dry run: nothing was written\n";
  if (report.unguarded)
    return "the guard process was lost: the clocks are given back without this process\n";
  if (report.restore.succeeded()) {
    return fmt::format(
        "given back to the kernel as found, or as others set them meanwhile: {} controls\n",
        report.restore.controls);
  }
  return fmt::format("NOT given back ({} of {} controls); `flyballd restore` tries again:\n  {}\n",
                     report.restore.failures.size(), report.restore.controls,
                     fmt::join(report.restore.failures, "\n  "));
}

}  // namespace

std::string ending(const SessionReport& report, const SessionOptions& options, int signalled) {
  if (report.loop.handed_back) return "errors";
  if (report.unguarded) return "the guard process's end";
  if (report.loop.finished) return "application finished";
  if (signalled != 0) return fmt::format("SIG{}", sigabbrev_np(signalled));
  return options.for_seconds ? "duration" : "nothing";
}

int exit_code_of(const SessionReport& report, const SessionOptions& options, int signalled) {
  if (!report.restore.succeeded() || report.loop.handed_back || report.unguarded) {
    return kExitRefused;
  }
  if (report.loop.decisions == 0 && report.loop.errors > 0) return kExitRefused;
  const bool cut_short = options.for_seconds && !report.loop.finished && signalled != 0;
  return cut_short ? kExitInterrupted : kExitOk;
}

void remark_on_end(const SessionReport& report, const char* who) {
  if (report.unguarded) {
    remark(
        "{}: the guard process, or the one that watches over it, is gone; whichever is left gives "
        "the clocks back\n",
        who);
  }
  if (report.loop.refused) {
    remark("{}: {}; the kernel governs\n", who, report.last_failure);
  } else if (report.loop.handed_back) {
    remark("{}: too many device errors, the last: {}; the kernel governs\n", who,
           report.last_failure);
  }
  for (const std::string& line : report.restore.remarks) remark("{}: {}\n", who, line);
  if (!report.restore.succeeded()) {
    remark("{}: not put back: {}\n", who, report.restore.failures.front());
  }
}

std::string headline(const SessionReport& report, const char* done, const std::string& ended_by) {
  return fmt::format("{} {} for {:.1f} s ({}), ended by {}\n",
                     report.loop.decisions == 0 ? "decided nothing on" : done, report.board,
                     report.loop.seconds, fmt::join(report.knobs, ", "), ended_by);
}

std::string to_text(const SessionReport& report) {
  const LoopReport& loop = report.loop;
  std::string text;
  if (loop.set_aside > 0) {
    text += fmt::format("stepped aside for {} decisions: somebody else wrote the limits\n",
                        loop.set_aside);
  }
  text += fmt::format("overruns {} ({} deadlines let go), device errors {}{}\n", loop.overruns,
                      loop.skipped, loop.errors,
                      loop.errors == 0 ? "" : ", the last: " + report.last_failure);
  text += fmt::format("  {:<8} {:>10} {:>10} {:>10}\n", "time, us", "p50", "p99", "max");
  text += line_of("read", loop.read) + line_of("decide", loop.decide);
  text += line_of("apply", loop.apply) + line_of("tick", loop.tick);
  text += line_of("late", loop.late);
  return text + restore_text(report);
}

void add_to_json(const SessionReport& report, ordered_json& json) {
  const LoopReport& loop = report.loop;
  json["overruns"] = loop.overruns;
  json["skipped_deadlines"] = loop.skipped;
  json["stepped_aside"] = loop.set_aside;
  json["errors"] = loop.errors;
  json["handed_back"] = loop.handed_back;
  if (loop.errors > 0) {
    json["first_error"] = loop.first_error.message();
    json["last_error"] = report.last_failure;
  }
  json["read"] = json_of(loop.read);
  json["decide"] = json_of(loop.decide);
  json["apply"] = json_of(loop.apply);
  json["tick"] = json_of(loop.tick);
  json["late"] = json_of(loop.late);
  json["restored_controls"] = report.restore.controls;
  json["restore_failures"] = report.restore.failures;
  json["restore_remarks"] = report.restore.remarks;
}

}  // namespace flyball
