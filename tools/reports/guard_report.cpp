#include "tools/reports/guard_report.h"

#include <fmt/format.h>

namespace flyball {

namespace {

template <typename Visit>
void for_each_cause(const GuardReport& report, const Visit& visit) {
  for (std::size_t i = 0; i < kGuardCauses; ++i) {
    if (report.guarded_seconds[i] <= 0.0) continue;
    visit(to_string(static_cast<GuardCause>(i)), report.guarded_seconds[i] / report.seconds);
  }
}

}  // namespace

std::string to_text(const GuardReport& report) {
  std::string causes;
  for_each_cause(report, [&](const char* cause, double share) {
    causes += fmt::format("{}{} {:.1f} %", causes.empty() ? " (" : ", ", cause, 100.0 * share);
  });
  if (!causes.empty()) causes += ")";
  return fmt::format("{:.1f} % of the time in {} turn{}{}", 100.0 * report.guarded_share(),
                     report.turns, report.turns == 1 ? "" : "s", causes);
}

nlohmann::ordered_json to_json(const GuardReport& report) {
  nlohmann::ordered_json json = {{"guarded_share", report.guarded_share()},
                                 {"turns", report.turns},
                                 {"by_cause", nlohmann::ordered_json::object()}};
  for_each_cause(report, [&](const char* cause, double share) { json["by_cause"][cause] = share; });
  return json;
}

}  // namespace flyball
