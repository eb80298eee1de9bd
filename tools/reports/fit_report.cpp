#include "tools/reports/fit_report.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tools/config/fitted_config.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

constexpr double kPercent = 100.0;

std::string setting_text(const Measurements& set, const Measurement& row) {
  std::string text;
  for (const FitKnob knob : set.varied) {
    const double value = Measurements::value(row, knob);
    if (knob != FitKnob::kBatch) {
      text += fmt::format("{} {:g} MHz, ", to_string(knob), value / 1e6);
    } else if (set.load == LoadKind::kClients) {
      text += fmt::format("{:g} clients, ", 2.0 * value);
    } else {
      text += fmt::format("batch {:g}, ", value);
    }
  }
  return text.substr(0, text.size() - 2);
}

std::string errors_text(const PredictionErrors& errors) {
  return fmt::format("time {:.2f} % (worst {:.1f}), power {:.2f} %, energy {:.2f} % (worst {:.1f})",
                     kPercent * errors.time_mean, kPercent * errors.time_worst,
                     kPercent * errors.power_mean, kPercent * errors.energy_mean,
                     kPercent * errors.energy_worst);
}

std::string levels_text(const Measurements& set, FitKnob knob) {
  if (knob != FitKnob::kBatch) return std::string(to_string(knob)) + " frequencies";
  return set.load == LoadKind::kClients ? "numbers of clients" : "batch sizes";
}

// For running text: no columns.
std::string without_runs(const std::string& line) {
  std::string text;
  for (const char c : line) {
    if (c != ' ' || text.empty() || text.back() != ' ') text += c;
  }
  return text;
}

std::vector<std::string> validation_lines(const FitReport& report) {
  std::vector<std::string> lines;
  if (!report.validation) return lines;
  lines.push_back("rows left out:               " + errors_text(report.validation->rows));
  for (const CrossValidation::OfKnob& of : report.validation->frequencies) {
    lines.push_back(fmt::format(
        "{:<29}{}", levels_text(report.set, of.knob) + " left out:", errors_text(of.errors)));
  }
  return lines;
}

std::string outlier_text(const Measurements& set, const OutlierRow& outlier) {
  return fmt::format(
      "{}:{}: does not fit ({}): {:.4g} s and {:.4g} J measured, {:.4g} s and {:.4g} J expected",
      set.file.string(), outlier.row.line, setting_text(set, outlier.row), outlier.row.seconds,
      outlier.row.joules(), outlier.expected.seconds, outlier.expected.joules());
}

std::string residual_text(const FitReport& report) {
  if (report.residual == ResidualKind::kNone) return "roofline formulas alone";
  const Fit& fit = *report.fit;
  return fmt::format("roofline formulas and a Gaussian process on {} of the rows",
                     fit.residual_rows);
}

std::vector<double> percents(const std::vector<Draw>& draws, double PredictionErrors::*figure) {
  std::vector<double> values;
  for (const Draw& draw : draws) values.push_back(kPercent * (draw.errors.*figure));
  return values;
}

std::vector<double> regrets(const std::vector<Draw>& draws,
                            std::optional<double> Draw::*regret = &Draw::regret) {
  std::vector<double> values;
  for (const Draw& draw : draws) {
    if (draw.*regret) values.push_back(kPercent * *(draw.*regret));
  }
  return values;
}

std::string candidate_text(const Measurements& set, const SettingChoice::Candidate& candidate) {
  const LogBelief& joules = candidate.belief.joules;
  return fmt::format("{}: {:.4g} J per request (+- {:.1f} %), {:.4g} s per batch",
                     setting_text(set, candidate.setting), std::exp(joules.mean),
                     kPercent * joules.deviation, std::exp(candidate.belief.seconds.mean));
}

// The cheapest setting within what was measured, and the best that was measured.
std::string choice_text(const FitReport& report) {
  const SettingChoice& choice = report.choice;
  if (!choice.chosen) {
    return fmt::format("no setting is expected to take at most {:g} s with 95 %\n",
                       report.latency_limit_seconds.value_or(0.0));
  }
  std::string text =
      fmt::format("cheapest{}: {}{}\n", report.latency_limit_seconds ? " within the limit" : "",
                  candidate_text(report.set, *choice.chosen),
                  choice.is_sampled ? ", measured" : ", not measured itself");
  if (!choice.is_sampled && choice.best_sampled) {
    text += "  best measured: " + candidate_text(report.set, *choice.best_sampled) + "\n";
  }
  return text;
}

std::string draws_text(const FitReport& report) {
  const DrawOptions& options = *report.draw_options;
  std::string text = fmt::format("{} draws of {} rows, the other {} predicted (seeds {} to {})\n",
                                 report.draws.size(), options.train_rows,
                                 report.set.rows.size() - options.train_rows, options.seed,
                                 options.seed + options.repeats - 1);
  const auto add = [&](const char* name, const std::vector<double>& values) {
    const MeanSpread spread = mean_spread(values);
    text += fmt::format("  {:<14} mean {:.2f} %, {:.2f} to {:.2f} %\n", name, spread.mean,
                        spread.least, spread.most);
  };
  add("time error", percents(report.draws, &PredictionErrors::time_mean));
  add("power error", percents(report.draws, &PredictionErrors::power_mean));
  add("energy error", percents(report.draws, &PredictionErrors::energy_mean));
  add("regret", regrets(report.draws));
  add("of best drawn", regrets(report.draws, &Draw::sampled_regret));
  std::size_t broken = 0;
  std::size_t none = 0;
  for (const Draw& draw : report.draws) {
    broken += draw.kept_limit ? 0 : 1;
    none += draw.chosen ? 0 : 1;
  }
  if (options.latency_limit_seconds) {
    text +=
        fmt::format("  limit of {:g} s: broken by {} of {} chosen settings, none found {} times\n",
                    *options.latency_limit_seconds, broken, report.draws.size(), none);
  }
  return text;
}

ordered_json to_json(const PredictionErrors& errors) {
  return {{"rows", errors.rows},
          {"time_mean", errors.time_mean},
          {"time_worst", errors.time_worst},
          {"power_mean", errors.power_mean},
          {"energy_mean", errors.energy_mean},
          {"energy_worst", errors.energy_worst}};
}

ordered_json to_json(const Measurements& set, const Measurement& row) {
  ordered_json json = {{"line", row.line}};
  for (const FitKnob knob : set.varied) {
    const double value = Measurements::value(row, knob);
    if (knob != FitKnob::kBatch) {
      json[std::string(to_string(knob)) + "_hz"] = value;
    } else if (set.load == LoadKind::kClients) {
      json["clients"] = 2.0 * value;
    } else {
      json["batch"] = value;
    }
  }
  return json;
}

ordered_json to_json(const Measurements& set,
                     const std::optional<SettingChoice::Candidate>& candidate) {
  if (!candidate) return nullptr;
  ordered_json json = to_json(set, candidate->setting);
  json.erase("line");
  json["joules_per_request"] = std::exp(candidate->belief.joules.mean);
  json["deviation"] = candidate->belief.joules.deviation;
  json["seconds"] = std::exp(candidate->belief.seconds.mean);
  return json;
}

ordered_json spread_json(const std::vector<double>& percent) {
  const MeanSpread spread = mean_spread(percent);
  return {{"mean", spread.mean / kPercent},
          {"least", spread.least / kPercent},
          {"most", spread.most / kPercent}};
}

ordered_json draws_json(const FitReport& report) {
  const DrawOptions& options = *report.draw_options;
  ordered_json json = {
      {"train_rows", options.train_rows}, {"repeats", options.repeats}, {"seed", options.seed}};
  if (options.latency_limit_seconds) json["latency_limit_s"] = *options.latency_limit_seconds;
  json["time_error"] = spread_json(percents(report.draws, &PredictionErrors::time_mean));
  json["power_error"] = spread_json(percents(report.draws, &PredictionErrors::power_mean));
  json["energy_error"] = spread_json(percents(report.draws, &PredictionErrors::energy_mean));
  json["regret"] = spread_json(regrets(report.draws));
  json["sampled_regret"] = spread_json(regrets(report.draws, &Draw::sampled_regret));
  for (const Draw& draw : report.draws) {
    ordered_json entry = {{"seed", draw.seed},
                          {"errors", to_json(draw.errors)},
                          {"chosen", draw.chosen ? to_json(report.set, *draw.chosen) : nullptr},
                          {"regret", draw.regret ? ordered_json(*draw.regret) : nullptr},
                          {"kept_limit", draw.kept_limit}};
    json["draws"].push_back(std::move(entry));
  }
  return json;
}

void add_fit_json(const FitReport& report, ordered_json& json) {
  const Fit& fit = *report.fit;
  json["rows_used"] = fit.rows;
  json["residual_rows"] = fit.residual_rows;
  json["fitted"] = to_json(report.fitted);
  json["cheapest"] = to_json(report.set, report.choice.chosen);
  json["best_measured"] = to_json(report.set, report.choice.best_sampled);
  json["outliers"] = ordered_json::array();
  for (const OutlierRow& outlier : fit.outliers) {
    ordered_json entry = to_json(report.set, outlier.row);
    entry["seconds"] = outlier.row.seconds;
    entry["expected_seconds"] = outlier.expected.seconds;
    entry["joules"] = outlier.row.joules();
    entry["expected_joules"] = outlier.expected.joules();
    json["outliers"].push_back(std::move(entry));
  }
}

}  // namespace

std::vector<std::string> held_knob_warnings(const Measurements& set) {
  std::vector<std::string> warnings;
  for (const FitKnob knob : set.held) {
    const double hertz = Measurements::value(set.rows.front(), knob);
    warnings.push_back(fmt::format(
        "{} was never varied: its influence is not known and left out of the model, which answers "
        "at every {} frequency as at {:g} MHz",
        to_string(knob), to_string(knob), hertz / 1e6));
  }
  return warnings;
}

std::string to_text(const FitReport& report) {
  const Measurements& set = report.set;
  std::string text =
      fmt::format("{}: {} rows on {}\n", set.file.string(), set.rows.size(), report.board);
  for (const std::string& note : set.notes) text += "  " + note + "\n";
  for (const FitKnob knob : set.varied) {
    const bool is_clients = set.load == LoadKind::kClients && knob == FitKnob::kBatch;
    text += fmt::format("  {} varies over {} levels\n", is_clients ? "clients" : to_string(knob),
                        levels_of(set, knob).size());
  }
  for (const std::string& warning : held_knob_warnings(set)) text += "warning: " + warning + "\n";
  if (report.fit) {
    for (const OutlierRow& outlier : report.fit->outliers) {
      text += "warning: " + outlier_text(set, outlier) + "; left out\n";
    }
    text += fmt::format("{}, fitted on {} rows\n", residual_text(report), report.fit->rows);
    text += "  on these rows:               " + errors_text(report.fitted) + "\n";
  }
  for (const std::string& line : validation_lines(report)) text += "  " + line + "\n";
  if (report.fit) text += choice_text(report);
  if (report.draw_options) text += draws_text(report);
  return text;
}

ordered_json to_json(const FitReport& report) {
  const Measurements& set = report.set;
  ordered_json json = {{"flyball", FLYBALL_VERSION},
                       {"measurements", set.file.string()},
                       {"board", report.board},
                       {"rows", set.rows.size()},
                       {"load", set.load == LoadKind::kClients ? "clients" : "batches"},
                       {"residual", report.residual == ResidualKind::kNone ? "none" : "gp"},
                       {"notes", set.notes}};
  for (const FitKnob knob : set.varied) {
    json["varied"][to_string(knob)] = levels_of(set, knob).size();
  }
  json["held"] = ordered_json::array();
  for (const FitKnob knob : set.held) json["held"].push_back(to_string(knob));
  json["warnings"] = held_knob_warnings(set);
  if (report.fit) add_fit_json(report, json);
  if (report.validation) {
    ordered_json& validation = json["cross_validation"];
    validation["rows"] = to_json(report.validation->rows);
    for (const CrossValidation::OfKnob& of : report.validation->frequencies) {
      validation[to_string(of.knob)] = to_json(of.errors);
    }
  }
  if (report.draw_options) json["draws"] = draws_json(report);
  return json;
}

std::string workload_file(const FitReport& report, const Board& board) {
  const Measurements& set = report.set;
  const std::string name = set.file.filename().string();
  std::string text = fmt::format(
      "# Written by `flyball fit` {} from measurements: {}, {} of {} rows, on {}.\n# {}.\n",
      FLYBALL_VERSION, name, report.fit->rows, set.rows.size(), board.title, residual_text(report));
  text += "# Mean errors on the rows used: " + errors_text(report.fitted) + ".\n";
  for (const std::string& line : validation_lines(report)) {
    text += "# Cross-validation, " + without_runs(line) + ".\n";
  }
  for (const std::string& warning : held_knob_warnings(set)) text += "# " + warning + ".\n";
  for (const OutlierRow& outlier : report.fit->outliers) {
    text += fmt::format("# Left out, does not fit: line {}.\n", outlier.row.line);
  }
  text +=
      "# Measured was the board at work: what it draws when idle is extrapolated by the "
      "formulas.\n";
  text += fmt::format("title = \"Fitted to {}\"\nmodel = \"fitted\"\n\n", name);
  return text + fitted_to_toml(report.fit->parameters, board);
}

}  // namespace flyball
