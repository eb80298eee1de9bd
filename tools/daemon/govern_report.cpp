#include "tools/daemon/govern_report.h"

#include <fmt/format.h>

#include "tools/daemon/session_end.h"
#include "tools/reports/guard_report.h"

namespace flyball {

using nlohmann::ordered_json;

std::string to_text(const GovernReport& report, const std::string& ended_by) {
  const LoopReport& loop = report.session.loop;
  std::string text =
      headline(report.session, report.session.dry_run ? "watched" : "governed", ended_by);
  text += fmt::format("decisions {}, left to the kernel {}, readings {}\n", loop.decisions,
                      report.fallbacks, loop.ticks);
  if (report.guard && report.guard->turns > 0) {
    text += fmt::format("guarded for {}\n", to_text(*report.guard));
  }
  return text + to_text(report.session);
}

ordered_json to_json(const GovernReport& report, const std::string& ended_by) {
  const SessionReport& session = report.session;
  ordered_json json = {{"board", session.board},
                       {"policy_checksum", report.policy_checksum},
                       {"knobs", session.knobs},
                       {"period_seconds", session.period_seconds},
                       {"sample_seconds", session.sample_seconds},
                       {"dry_run", session.dry_run},
                       {"ended_by", ended_by},
                       {"seconds", session.loop.seconds},
                       {"readings", session.loop.ticks},
                       {"decisions", session.loop.decisions},
                       {"left_to_kernel", report.fallbacks},
                       {"last_levels", report.last_levels}};
  if (report.guard) json["guard"] = to_json(*report.guard);
  add_to_json(session, json);
  return json;
}

}  // namespace flyball
