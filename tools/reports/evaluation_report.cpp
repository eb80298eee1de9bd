#include "tools/reports/evaluation_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "env/statistics.h"
#include "tools/reports/guard_report.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

std::string percent(const std::optional<double>& share) {
  return share ? fmt::format("{:.1f} %", 100.0 * *share) : "-";
}

std::string number(double value) { return fmt::format("{:.4g}", value); }

std::string micros(const std::optional<DurationSummary>& decide) {
  return decide ? fmt::format("{:.1f}", 1e6 * decide->p50_seconds) : "-";
}

bool has_regret(const Evaluation& evaluation) {
  return std::any_of(evaluation.results.begin(), evaluation.results.end(),
                     [](const GovernorResult& result) { return result.regret.has_value(); });
}

std::string interval_text(const std::optional<Interval>& interval) {
  return interval ? fmt::format("{:.1f} .. {:.1f}", 100.0 * interval->low, 100.0 * interval->high)
                  : "-";
}

ReportTable cost_table(const Evaluation& evaluation) {
  ReportTable table;
  table.caption = "Energy and latency, and what was saved of stock's energy on the same requests";
  const bool regret = has_regret(evaluation);
  table.header = {"governor", "J/request",  "W",
                  "mean s",   "p99 s",      "in time",
                  "saving",   "95 % of it", regret ? "regret" : "of best",
                  "kept"};
  for (const GovernorResult& result : evaluation.results) {
    if (result.runs.empty()) {
      table.notes.push_back(fmt::format("{}: {}", result.name, result.infeasible));
      continue;
    }
    const RunFigures& figures = result.figures;
    const std::string mark = result.warning.empty() ? "" : " (!)";
    table.rows.push_back({result.name + mark, number(figures.energy_per_request),
                          number(figures.mean_power_watts), number(figures.latency_mean_seconds),
                          number(figures.latency_p99_seconds), percent(figures.in_time_share()),
                          percent(result.saving), interval_text(result.saving_interval),
                          percent(regret ? result.regret : result.share_of_oracle),
                          result.infeasible.empty() ? "yes" : "no"});
    if (!result.infeasible.empty()) {
      table.notes.push_back(fmt::format("{}: not kept: {}", result.name, result.infeasible));
    }
    if (!result.warning.empty()) {
      table.notes.push_back(fmt::format("{}: (!) {}", result.name, result.warning));
    }
  }
  return table;
}

ReportTable behaviour_table(const Evaluation& evaluation) {
  ReportTable table;
  table.caption =
      "How: requests per second and per joule (performance per watt), the longest run of late "
      "requests, the hottest moment, clock changes per second, share of the time guarded, and the "
      "median time of a decision in us on this machine";
  table.header = {"governor", "req/s", "req/J",     "p50 s",   "p95 s",
                  "late run", "max C", "changes/s", "guarded", "decide us"};
  for (const GovernorResult& result : evaluation.results) {
    if (result.runs.empty()) continue;
    const RunFigures& figures = result.figures;
    std::optional<double> guarded;
    if (figures.guard) guarded = figures.guard->guarded_share();
    table.rows.push_back(
        {result.name, number(figures.requests_per_second()), number(figures.requests_per_joule()),
         number(figures.latency_p50_seconds), number(figures.latency_p95_seconds),
         std::to_string(figures.longest_late_run), fmt::format("{:.1f}", figures.celsius_max),
         number(figures.changes_per_second()), percent(guarded), micros(figures.decide)});
  }
  return table;
}

double mean_hertz(const RunFigures& figures, const std::vector<Domain>& domains, std::size_t d) {
  const std::vector<double> shares = figures.residency(d);
  double hertz = 0.0;
  for (std::size_t level = 0; level < shares.size(); ++level) {
    hertz += shares[level] * domains[d].frequencies_hz[level];
  }
  return hertz;
}

ReportTable clock_table(const Evaluation& evaluation) {
  ReportTable table;
  table.caption = "Mean clocks in MHz";
  table.header = {"mean MHz"};
  for (const Domain& domain : evaluation.domains) table.header.push_back(domain.name);
  for (const GovernorResult& result : evaluation.results) {
    if (result.figures.residency_seconds.size() != evaluation.domains.size()) continue;
    std::vector<std::string>& row = table.rows.emplace_back();
    row.push_back(result.name);
    for (std::size_t d = 0; d < evaluation.domains.size(); ++d) {
      row.push_back(
          fmt::format("{:.0f}", 1e-6 * mean_hertz(result.figures, evaluation.domains, d)));
    }
  }
  return table;
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
  return text;
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

bool is_anybody_feasible(const Evaluation& evaluation) {
  return std::any_of(evaluation.results.begin(), evaluation.results.end(),
                     [](const GovernorResult& result) { return result.infeasible.empty(); });
}

std::string setting_remark(const GovernorResult& result, std::size_t tried) {
  const std::string text = fmt::format("{}: {}", result.name, setting_text(*result.setting));
  if (result.name != kBestFixed) return text;
  return text + fmt::format(" (best of {} settings: pins, and caps over the residents)", tried);
}

// What stands under the tables, a line each.
std::vector<std::string> remarks_of(const Evaluation& evaluation) {
  std::vector<std::string> remarks;
  if (!evaluation.unfinished.empty()) {
    remarks.push_back(fmt::format("partial: interrupted before {} had run",
                                  fmt::join(evaluation.unfinished, ", ")));
  }
  if (evaluation.stock.infeasible.size() > 0 && !is_anybody_feasible(evaluation)) {
    remarks.push_back("nobody keeps the limit: this board may not be able to");
  }
  remarks.push_back(limits_text(evaluation.limits) +
                    "; saving: of stock's energy on the same requests");
  for (const GovernorResult& result : evaluation.results) {
    if (has_other_work(result.figures)) remarks.push_back(work_text(result));
  }
  for (const GovernorResult& result : evaluation.results) {
    if (!result.figures.guard || result.figures.guard->turns == 0) continue;
    remarks.push_back(
        fmt::format("{}: guarded for {}", result.name, to_text(*result.figures.guard)));
  }
  for (const GovernorResult& result : evaluation.results) {
    if (result.table) {
      remarks.push_back(fmt::format("{}: {}", result.name, table_text(*result.table)));
    }
    if (result.setting) remarks.push_back(setting_remark(result, evaluation.tried));
  }
  return remarks;
}

ordered_json setting_json(const std::vector<HeldKnob>& setting) {
  ordered_json json = {{"setting", ordered_json::object()}, {"caps", ordered_json::array()}};
  for (const HeldKnob& knob : setting) {
    json["setting"][knob.name] = knob.value;
    if (knob.is_cap) json["caps"].push_back(knob.name);
  }
  return json;
}

// Shares of the time, by domain.
ordered_json residency_json(const RunFigures& figures, const std::vector<Domain>& domains) {
  ordered_json json = ordered_json::object();
  for (std::size_t d = 0; d < figures.residency_seconds.size(); ++d) {
    json[domains[d].name] = figures.residency(d);
  }
  return json;
}

// Of the performance profile.
constexpr double kProfileSavings[] = {-0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15,
                                      0.2,  0.25, 0.3,   0.4, 0.5,  0.6};

ordered_json statistics_json(const GovernorResult& result) {
  ordered_json json = {{"saving", result.saving},
                       {"saving_deviation", result.saving_deviation},
                       {"saving_interquartile_mean", result.saving_interquartile_mean}};
  if (result.saving_interval) {
    json["saving_interval"] = {result.saving_interval->low, result.saving_interval->high};
  }
  for (const double saving : kProfileSavings) {
    json["saving_profile"].push_back(
        {{"saving", saving}, {"share", share_at_least(result.seed_savings, saving)}});
  }
  return json;
}

ordered_json to_json(const GovernorResult& result, const std::vector<Domain>& domains) {
  ordered_json json = {{"name", result.name}, {"feasible", result.infeasible.empty()}};
  if (!result.infeasible.empty()) json["infeasible_because"] = result.infeasible;
  if (!result.warning.empty()) json["warning"] = result.warning;
  if (result.runs.empty()) return json;
  json.update(to_json(result.figures));
  json.update(statistics_json(result));
  if (result.share_of_oracle) json["share_of_oracle"] = *result.share_of_oracle;
  if (result.regret) json["regret"] = *result.regret;
  if (result.setting) json.update(setting_json(*result.setting));
  if (result.table) {
    for (const HeldRow& row : *result.table) {
      ordered_json entry = {{"least_requests", row.least_requests}};
      if (row.groups_per_second) entry = {{"groups_per_second", *row.groups_per_second}};
      entry.update(setting_json(row.setting));
      json["table"].push_back(entry);
    }
  }
  json["residency"] = residency_json(result.figures, domains);
  for (const RunFigures& run : result.runs) {
    ordered_json entry = {{"seed", run.seed}};
    entry.update(to_json(run));
    entry["residency"] = residency_json(run, domains);
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

std::vector<ReportTable> evaluation_tables(const Evaluation& evaluation) {
  std::vector<ReportTable> tables = {cost_table(evaluation), behaviour_table(evaluation),
                                     clock_table(evaluation)};
  std::erase_if(tables,
                [](const ReportTable& table) { return table.rows.empty() && table.notes.empty(); });
  return tables;
}

std::string to_text(const Evaluation& evaluation) {
  std::string text;
  for (const ReportTable& table : evaluation_tables(evaluation)) {
    if (!text.empty()) text += "\n";
    text += to_text(table);
  }
  text += "\n";
  for (const std::string& remark : remarks_of(evaluation)) text.append(remark).append("\n");
  return text;
}

std::string to_markdown(const Evaluation& evaluation) {
  std::string text;
  for (const ReportTable& table : evaluation_tables(evaluation))
    text.append(to_markdown(table)).append("\n");
  for (const std::string& remark : remarks_of(evaluation))
    text.append("- ").append(remark).append("\n");
  return text;
}

ordered_json to_json(const RunFigures& figures) {
  ordered_json json = {{"energy_joules", figures.energy_joules},
                       {"energy_per_request_joules", figures.energy_per_request},
                       {"mean_power_watts", figures.mean_power_watts},
                       {"requests_per_second", figures.requests_per_second()},
                       {"requests_per_joule", figures.requests_per_joule()},
                       {"seconds", figures.seconds},
                       {"latency_mean_seconds", figures.latency_mean_seconds},
                       {"latency_p50_seconds", figures.latency_p50_seconds},
                       {"latency_p95_seconds", figures.latency_p95_seconds},
                       {"latency_p99_seconds", figures.latency_p99_seconds},
                       {"served", figures.served},
                       {"missed", figures.missed},
                       {"unserved", figures.unserved},
                       {"in_time_share", figures.in_time_share()},
                       {"longest_late_run", figures.longest_late_run},
                       {"celsius_mean", figures.celsius_mean},
                       {"celsius_max", figures.celsius_max},
                       {"clock_changes_per_second", figures.changes_per_second()}};
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
  for (const Domain& domain : evaluation.domains) {
    json["domains"].push_back({{"name", domain.name}, {"frequencies_hz", domain.frequencies_hz}});
  }
  json["stock"] = to_json(evaluation.stock, evaluation.domains);
  json["governors"] = ordered_json::array();
  for (const GovernorResult& result : evaluation.results) {
    json["governors"].push_back(to_json(result, evaluation.domains));
  }
  if (!evaluation.unfinished.empty()) json["unfinished"] = evaluation.unfinished;
  return json;
}

ordered_json decision_times(const Evaluation& evaluation) {
  ordered_json json = ordered_json::object();
  for (const GovernorResult& result : evaluation.results) {
    const std::optional<DurationSummary>& decide = result.figures.decide;
    if (!decide || decide->count == 0) continue;
    json[result.name] = {{"count", decide->count},
                         {"mean_seconds", decide->mean_seconds},
                         {"p50_seconds", decide->p50_seconds},
                         {"p99_seconds", decide->p99_seconds},
                         {"max_seconds", decide->max_seconds}};
  }
  return json;
}

std::vector<std::string> csv_header() {
  return {"scenario",
          "governor",
          "seed",
          "kept",
          "energy_joules",
          "energy_per_request_joules",
          "mean_power_watts",
          "seconds",
          "requests_per_second",
          "requests_per_joule",
          "latency_mean_seconds",
          "latency_p50_seconds",
          "latency_p95_seconds",
          "latency_p99_seconds",
          "served",
          "missed",
          "unserved",
          "longest_late_run",
          "celsius_mean",
          "celsius_max",
          "clock_changes_per_second",
          "guarded_share",
          "saving",
          "residency"};
}

namespace {

// "gpu 76800000:0.25 153600000:0.75; ...", the levels that were used.
std::string residency_text(const RunFigures& run, const std::vector<Domain>& domains) {
  std::string text;
  for (std::size_t d = 0; d < run.residency_seconds.size(); ++d) {
    text += fmt::format("{}{}", text.empty() ? "" : "; ", domains[d].name);
    const std::vector<double> shares = run.residency(d);
    for (std::size_t level = 0; level < shares.size(); ++level) {
      if (shares[level] <= 0.0) continue;
      text += fmt::format(" {}:{}", domains[d].frequencies_hz[level], shares[level]);
    }
  }
  return text;
}

void add_csv(const GovernorResult& result, const Evaluation& evaluation,
             const std::string& scenario, std::string& csv) {
  for (std::size_t s = 0; s < result.runs.size(); ++s) {
    const RunFigures& run = result.runs[s];
    const auto text = [](auto value) { return fmt::format("{}", value); };
    csv += csv_line({scenario,
                     result.name,
                     text(run.seed),
                     is_feasible(run, evaluation.limits) ? "1" : "0",
                     text(run.energy_joules),
                     text(run.energy_per_request),
                     text(run.mean_power_watts),
                     text(run.seconds),
                     text(run.requests_per_second()),
                     text(run.requests_per_joule()),
                     text(run.latency_mean_seconds),
                     text(run.latency_p50_seconds),
                     text(run.latency_p95_seconds),
                     text(run.latency_p99_seconds),
                     text(run.served),
                     text(run.missed),
                     text(run.unserved),
                     text(run.longest_late_run),
                     text(run.celsius_mean),
                     text(run.celsius_max),
                     text(run.changes_per_second()),
                     run.guard ? text(run.guard->guarded_share()) : "",
                     text(result.seed_savings[s]),
                     residency_text(run, evaluation.domains)});
  }
}

}  // namespace

std::string to_csv(const Evaluation& evaluation, const std::string& scenario) {
  std::string csv;
  const auto is_stock = [&](const GovernorResult& r) { return r.name == evaluation.stock.name; };
  if (std::none_of(evaluation.results.begin(), evaluation.results.end(), is_stock)) {
    add_csv(evaluation.stock, evaluation, scenario, csv);
  }
  for (const GovernorResult& result : evaluation.results) {
    add_csv(result, evaluation, scenario, csv);
  }
  return csv;
}

}  // namespace flyball
