#include "tools/reports/evaluation_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/reports/guard_report.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

std::string percent(const std::optional<double>& share) {
  return share ? fmt::format("{:.1f} %", 100.0 * *share) : "-";
}

std::string line(const GovernorResult& result, std::size_t width) {
  const RunFigures& figures = result.figures;
  if (result.runs.empty())
    return fmt::format("{:<{}}  {}\n", result.name, width, result.infeasible);
  const std::string share = result.regret ? fmt::format("regret {:.1f} %", 100.0 * *result.regret)
                                          : percent(result.share_of_oracle);
  return fmt::format(
      "{:<{}} {:>10.4f} {:>9.2f} {:>9.4f} {:>9.4f} {:>9.4f} {:>9} {:>9} {:>7.2f} {:>12}  {}\n",
      result.name, width, figures.energy_per_request, figures.mean_power_watts,
      figures.latency_mean_seconds, figures.latency_p95_seconds, figures.latency_p99_seconds,
      percent(figures.in_time_share()), percent(result.saving), 100.0 * result.saving_deviation,
      share, result.infeasible.empty() ? "yes" : result.infeasible);
}

bool has_other_work(const RunFigures& figures) {
  return std::any_of(figures.work.begin() + 1, figures.work.end(),
                     [](const WorkShare& share) { return share.seconds > 0.0; });
}

// What a governor's energy went into besides serving, one line.
std::string work_text(const GovernorResult& result) {
  std::string text = result.name + ":";
  for (std::size_t kind = 0; kind < kWorkKinds; ++kind) {
    const WorkShare& share = result.figures.work[kind];
    if (share.seconds <= 0.0) continue;
    text += fmt::format(" {} {:.1f} J in {:.1f} s;", to_text(static_cast<WorkKind>(kind)),
                        share.joules, share.seconds);
  }
  if (result.figures.minibatches > 0) {
    text += fmt::format(" {} minibatches", result.figures.minibatches);
  }
  return text + "\n";
}

std::string limits_text(const RunLimits& limits) {
  if (limits.latency_mean_seconds) {
    return fmt::format("limit: mean latency at most {:.4g} s", *limits.latency_mean_seconds);
  }
  if (limits.in_time_share) {
    return fmt::format("limit: at least {:.4g} % in time", 100.0 * *limits.in_time_share);
  }
  return "limit: none but that all work is served";
}

ordered_json setting_json(const std::vector<HeldKnob>& setting) {
  ordered_json json = {{"setting", ordered_json::object()}, {"caps", ordered_json::array()}};
  for (const HeldKnob& knob : setting) {
    json["setting"][knob.name] = knob.value;
    if (knob.is_cap) json["caps"].push_back(knob.name);
  }
  return json;
}

ordered_json to_json(const GovernorResult& result) {
  ordered_json json = {{"name", result.name}, {"feasible", result.infeasible.empty()}};
  if (!result.infeasible.empty()) json["infeasible_because"] = result.infeasible;
  if (result.runs.empty()) return json;
  json.update(to_json(result.figures));
  json["saving"] = result.saving;
  json["saving_deviation"] = result.saving_deviation;
  if (result.share_of_oracle) json["share_of_oracle"] = *result.share_of_oracle;
  if (result.regret) json["regret"] = *result.regret;
  if (result.setting) json.update(setting_json(*result.setting));
  if (result.table) {
    for (const HeldRow& row : *result.table) {
      ordered_json entry = {{"least_requests", row.least_requests}};
      entry.update(setting_json(row.setting));
      json["table"].push_back(entry);
    }
  }
  for (const RunFigures& run : result.runs) {
    ordered_json entry = {{"seed", run.seed}};
    entry.update(to_json(run));
    json["runs"].push_back(entry);
  }
  return json;
}

}  // namespace

std::string to_text(WorkKind kind) {
  switch (kind) {
    case WorkKind::kServing: return "serving";
    case WorkKind::kLoading: return "loading";
    case WorkKind::kFirstUse: return "first_use";
    case WorkKind::kOccupied: return "occupied";
    case WorkKind::kFineTuning: return "fine_tuning";
  }
  return {};
}

std::string to_text(const Evaluation& evaluation) {
  std::size_t width = 8;
  for (const GovernorResult& result : evaluation.results) {
    width = std::max(width, result.name.size());
  }
  std::string text =
      fmt::format("{:<{}} {:>10} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7} {:>12}  {}\n",
                  "governor", width, "J/request", "W", "mean s", "p95 s", "p99 s", "in time",
                  "saving", "+-", "of best fix", "feasible");
  for (const GovernorResult& result : evaluation.results) text += line(result, width);
  if (!evaluation.unfinished.empty()) {
    text += fmt::format("partial: interrupted before {} had run\n",
                        fmt::join(evaluation.unfinished, ", "));
  }
  text += limits_text(evaluation.limits);
  text += "; saving against stock on the same work, +- its deviation over the seeds in points\n";
  for (const GovernorResult& result : evaluation.results) {
    if (has_other_work(result.figures)) text += work_text(result);
  }
  for (const GovernorResult& result : evaluation.results) {
    if (!result.figures.guard || result.figures.guard->turns == 0) continue;
    text += fmt::format("{}: guarded for {}\n", result.name, to_text(*result.figures.guard));
  }
  for (const GovernorResult& result : evaluation.results) {
    if (result.table) text += fmt::format("{}: {}\n", result.name, table_text(*result.table));
    if (!result.setting) continue;
    if (result.name != kBestFixed) {
      text += fmt::format("{}: {}\n", result.name, setting_text(*result.setting));
      continue;
    }
    text += fmt::format("{}: {} (best of {} settings: pins, and caps over the residents)\n",
                        result.name, setting_text(*result.setting), evaluation.tried);
  }
  return text;
}

ordered_json to_json(const RunFigures& figures) {
  ordered_json json = {{"energy_joules", figures.energy_joules},
                       {"energy_per_request_joules", figures.energy_per_request},
                       {"mean_power_watts", figures.mean_power_watts},
                       {"seconds", figures.seconds},
                       {"latency_mean_seconds", figures.latency_mean_seconds},
                       {"latency_p50_seconds", figures.latency_p50_seconds},
                       {"latency_p95_seconds", figures.latency_p95_seconds},
                       {"latency_p99_seconds", figures.latency_p99_seconds},
                       {"served", figures.served},
                       {"missed", figures.missed},
                       {"unserved", figures.unserved},
                       {"in_time_share", figures.in_time_share()}};
  if (figures.guard) json["guard"] = to_json(*figures.guard);
  if (!has_other_work(figures)) return json;
  for (std::size_t kind = 0; kind < kWorkKinds; ++kind) {
    const WorkShare& share = figures.work[kind];
    if (share.seconds <= 0.0) continue;
    json["work"][to_text(static_cast<WorkKind>(kind))] = {{"seconds", share.seconds},
                                                          {"energy_joules", share.joules}};
  }
  if (figures.minibatches > 0) json["work"]["fine_tuning"]["minibatches"] = figures.minibatches;
  return json;
}

ordered_json to_json(const Evaluation& evaluation) {
  ordered_json json;
  ordered_json limits = ordered_json::object();
  if (evaluation.limits.latency_mean_seconds) {
    limits["latency_mean_seconds"] = *evaluation.limits.latency_mean_seconds;
  }
  if (evaluation.limits.in_time_share) limits["in_time_share"] = *evaluation.limits.in_time_share;
  json["limits"] = limits;
  json["oracle_knobs"] = evaluation.oracle_knobs;
  json["stock"] = to_json(evaluation.stock);
  json["governors"] = ordered_json::array();
  for (const GovernorResult& result : evaluation.results) {
    json["governors"].push_back(to_json(result));
  }
  if (!evaluation.unfinished.empty()) json["unfinished"] = evaluation.unfinished;
  return json;
}

}  // namespace flyball
