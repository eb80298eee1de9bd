#include "tools/daemon/govern_report.h"

#include <fmt/format.h>

#include "tools/daemon/session_end.h"
#include "tools/reports/guard_report.h"

namespace flyball {

using nlohmann::ordered_json;

namespace {

double share_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

// "wanted: cpu 403.2 MHz 90.0 %, 1479 MHz 10.0 %; gpu ..."
std::string wanted_text(const ShadowReport& shadow) {
  std::string text;
  for (const ShadowReport::OfKnob& knob : shadow.knobs) {
    std::string shares;
    for (std::size_t level = 0; level < knob.levels.size(); ++level) {
      if (knob.wanted[level] == 0) continue;
      const bool is_clock = !is_application_knob(knob.name);
      shares += fmt::format("{}{:g}{} {:.1f} %", shares.empty() ? "" : ", ",
                            is_clock ? knob.levels[level] * 1e-6 : knob.levels[level],
                            is_clock ? " MHz" : "",
                            100.0 * share_of(knob.wanted[level], shadow.decisions));
    }
    text += fmt::format("{}{} {}", text.empty() ? "wanted: " : "; ", knob.name, shares);
  }
  return fmt::format("{}\nthe kernel's governors ran that already in {:.1f} % of the decisions\n",
                     text, 100.0 * share_of(shadow.same, shadow.decisions));
}

ordered_json to_json(const ShadowReport& shadow) {
  ordered_json wanted = ordered_json::object();
  for (const ShadowReport::OfKnob& knob : shadow.knobs) {
    ordered_json shares = ordered_json::array();
    for (std::size_t level = 0; level < knob.levels.size(); ++level) {
      if (knob.wanted[level] == 0) continue;
      shares.push_back({{"level", knob.levels[level]},
                        {"share", share_of(knob.wanted[level], shadow.decisions)}});
    }
    wanted[knob.name] = std::move(shares);
  }
  return {{"decisions", shadow.decisions},
          {"same_share", share_of(shadow.same, shadow.decisions)},
          {"wanted", std::move(wanted)}};
}

}  // namespace

std::string to_text(const GovernReport& report, const std::string& ended_by) {
  const LoopReport& loop = report.session.loop;
  std::string text =
      headline(report.session, report.session.dry_run ? "watched" : "governed", ended_by);
  text += fmt::format("decisions {}, left to the kernel {}, readings {}\n", loop.decisions,
                      report.fallbacks, loop.ticks);
  if (report.guard && report.guard->turns > 0) {
    text += fmt::format("policy guarded for {}\n", to_text(*report.guard));
  }
  if (report.canary) text += to_text(*report.canary) + '\n';
  if (report.shadow && report.shadow->decisions > 0) text += wanted_text(*report.shadow);
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
  if (report.canary) json["canary"] = to_json(*report.canary);
  if (report.shadow) json["shadow"] = to_json(*report.shadow);
  add_to_json(session, json);
  return json;
}

}  // namespace flyball
