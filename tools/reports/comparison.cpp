#include "tools/reports/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <optional>
#include <span>

#include "env/errors.h"

namespace flyball {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr double kConfidence = 0.95;

// What has to be the same: otherwise the requests are not. The last are there where they were
// given.
constexpr const char* kSameKeys[] = {"scenario", "board", "nvpmodel", "workload", "seeds"};
constexpr const char* kGivenKeys[] = {"set", "frames_per_second", "deadline_seconds"};

const json& at(const json& document, const char* key, const char* which) {
  if (document.is_object() && document.contains(key)) return document.at(key);
  throw DataError(
      fmt::format("{}: no result of flyball evaluate --json: it has no \"{}\"", which, key));
}

void require_same(const char* key, const json& one, const json& other) {
  if (one == other) return;
  throw DataError(
      fmt::format("{}: BEFORE has {}, AFTER has {}: only results on the same requests "
                  "can be compared",
                  key, one.dump(), other.dump()));
}

void require_same(const json& before, const json& after) {
  for (const char* key : kSameKeys) {
    require_same(key, at(before, key, "BEFORE"), at(after, key, "AFTER"));
  }
  for (const char* key : kGivenKeys) {
    require_same(key, before.value(key, json()), after.value(key, json()));
  }
}

// Those that ran, by name.
std::vector<std::pair<std::string, const json*>> governors_of(const json& document,
                                                              const char* which) {
  std::vector<std::pair<std::string, const json*>> governors;
  for (const json& governor : at(document, "governors", which)) {
    if (!governor.contains("runs")) continue;  // it did not run
    governors.emplace_back(at(governor, "name", which).get<std::string>(), &governor);
  }
  return governors;
}

const json* find(const std::vector<std::pair<std::string, const json*>>& governors,
                 const std::string& name) {
  const auto found = std::find_if(governors.begin(), governors.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == governors.end() ? nullptr : found->second;
}

// Of the governor's runs, seed by seed.
std::vector<double> values_of(const json& governor, const char* key, const char* which) {
  std::vector<double> values;
  for (const json& run : at(governor, "runs", which)) {
    const json& value = at(run, key, which);
    if (!value.is_number()) {
      throw DataError(fmt::format("{}: {} of a run is no number", which, key));
    }
    values.push_back(value.get<double>());
  }
  return values;
}

Verdict verdict_of(const FigureChange& change, double tolerance, bool more_is_better) {
  const double low = more_is_better ? -change.high : change.low;
  const double high = more_is_better ? -change.low : change.high;
  if (low > tolerance) return Verdict::kWorse;
  if (high < -tolerance) return Verdict::kBetter;
  if (low >= -tolerance && high <= tolerance) return Verdict::kSame;
  return Verdict::kCannotTell;
}

void set_interval(FigureChange& change, std::span<const double> changes) {
  const auto count = static_cast<double>(changes.size());
  for (const double value : changes) change.mean += value / count;
  change.low = change.high = change.mean;
  double squares = 0.0;
  for (const double value : changes) squares += (value - change.mean) * (value - change.mean);
  if (changes.size() > 1) {
    const boost::math::students_t student(count - 1.0);
    const double t = boost::math::quantile(student, 0.5 + kConfidence / 2.0);
    const double half = t * std::sqrt(squares / (count - 1.0) / count);
    change.low -= half;
    change.high += half;
  } else if (change.mean != 0.0) {
    change.low = -HUGE_VAL;
    change.high = HUGE_VAL;
  }
}

struct Figure {
  const char* name;
  const char* key;
  bool is_share;  // then in points, and more of it is better
  double tolerance;
};

FigureChange change_of(const Figure& figure, const json& before, const json& after) {
  const std::vector<double> one = values_of(before, figure.key, "BEFORE");
  const std::vector<double> other = values_of(after, figure.key, "AFTER");
  if (one.size() != other.size() || one.empty()) {
    throw DataError(fmt::format("{} runs before, {} after", one.size(), other.size()));
  }
  std::vector<double> changes;
  for (std::size_t i = 0; i < one.size(); ++i) {
    const double difference = other[i] - one[i];
    const double whole = figure.is_share || one[i] == 0.0 ? 1.0 : one[i];
    changes.push_back(100.0 * difference / whole);
  }
  FigureChange change{figure.name, figure.is_share ? "points" : "%"};
  set_interval(change, changes);
  change.verdict = verdict_of(change, figure.tolerance, figure.is_share);
  return change;
}

GovernorChange change_of(const std::string& name, const json& before, const json& after,
                         const ComparisonTolerance& tolerance) {
  const Figure figures[] = {
      {"energy", "energy_joules", false, tolerance.energy_percent},
      {"in_time", "in_time_share", true, tolerance.in_time_points},
      {"latency_mean", "latency_mean_seconds", false, tolerance.latency_percent}};
  GovernorChange change{name, {}};
  for (const Figure& figure : figures) {
    try {
      change.figures.push_back(change_of(figure, before, after));
    } catch (const DataError& error) {
      throw DataError(fmt::format("{}: {}", name, error.what()));
    }
  }
  return change;
}

void add_notes(const json& before, const json& after, Comparison& comparison) {
  const std::string one = before.value("flyball", "?");
  const std::string other = after.value("flyball", "?");
  if (one != other) {
    comparison.notes.push_back(fmt::format("BEFORE is of flyball {}, AFTER of {}", one, other));
  }
  const json& stock_before = at(before, "stock", "BEFORE");
  const json& stock_after = at(after, "stock", "AFTER");
  if (at(stock_before, "energy_joules", "BEFORE") != at(stock_after, "energy_joules", "AFTER")) {
    comparison.notes.push_back(
        "stock's own energy differs: the simulation changed, not the governors alone");
  }
  const json& limits_before = at(before, "limits", "BEFORE");
  const json& limits_after = at(after, "limits", "AFTER");
  if (limits_before != limits_after) {
    comparison.notes.push_back(fmt::format("other limits: BEFORE {}, AFTER {}",
                                           limits_before.dump(), limits_after.dump()));
  }
  for (const char* which : {"BEFORE", "AFTER"}) {
    const json& document = which == std::string("BEFORE") ? before : after;
    if (document.contains("unfinished")) {
      comparison.notes.push_back(fmt::format("{} was interrupted, it is partial", which));
    }
  }
}

std::string interval_text(const FigureChange& change) {
  if (!std::isfinite(change.low)) return "one seed, no interval";
  return fmt::format("{:+.2f} .. {:+.2f}", change.low, change.high);
}

}  // namespace

std::string to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSame: return "same";
    case Verdict::kBetter: return "better";
    case Verdict::kWorse: return "worse";
    case Verdict::kCannotTell: return "cannot tell";
  }
  return {};
}

Verdict GovernorChange::verdict() const {
  const auto is = [&](Verdict verdict) {
    return std::any_of(figures.begin(), figures.end(),
                       [&](const FigureChange& change) { return change.verdict == verdict; });
  };
  for (const Verdict verdict : {Verdict::kWorse, Verdict::kCannotTell, Verdict::kBetter}) {
    if (is(verdict)) return verdict;
  }
  return Verdict::kSame;
}

bool Comparison::is_worse() const {
  return std::any_of(governors.begin(), governors.end(), [](const GovernorChange& change) {
    return change.verdict() == Verdict::kWorse;
  });
}

namespace {

// By the name that it was given on the command line.
const json* find_scenario(const json& document, const json& named) {
  for (const json& scenario : document.at("scenarios")) {
    if (scenario.value("named", json()) == named) return &scenario;
  }
  return nullptr;
}

void add_prefixed(const std::string& scenario, const std::vector<std::string>& from,
                  std::vector<std::string>& to) {
  for (const std::string& name : from) to.push_back(scenario + ": " + name);
}

// What of one scenario was found out, behind its name.
void add_scenario(const std::string& scenario, const Comparison& one, Comparison& all) {
  for (GovernorChange change : one.governors) {
    change.governor = scenario + ": " + change.governor;
    all.governors.push_back(std::move(change));
  }
  add_prefixed(scenario, one.only_before, all.only_before);
  add_prefixed(scenario, one.only_after, all.only_after);
  add_prefixed(scenario, one.notes, all.notes);
}

Comparison compare_scenarios(const json& before, const json& after,
                             const ComparisonTolerance& tolerance) {
  Comparison comparison;
  for (const json& scenario : at(before, "scenarios", "BEFORE")) {
    const json& named = at(scenario, "named", "BEFORE");
    const json* again = find_scenario(after, named);
    if (again == nullptr) {
      comparison.only_before.push_back(named.dump());
      continue;
    }
    add_scenario(named.get<std::string>(), compare_evaluations(scenario, *again, tolerance),
                 comparison);
  }
  for (const json& scenario : after.at("scenarios")) {
    if (find_scenario(before, at(scenario, "named", "AFTER")) == nullptr) {
      comparison.only_after.push_back(scenario.at("named").dump());
    }
  }
  if (comparison.governors.empty()) throw DataError("no scenario is in both");
  return comparison;
}

}  // namespace

Comparison compare_evaluations(const json& before, const json& after,
                               const ComparisonTolerance& tolerance) {
  if (before.is_object() && before.contains("scenarios")) {
    at(after, "scenarios", "AFTER");
    return compare_scenarios(before, after, tolerance);
  }
  require_same(before, after);
  const auto one = governors_of(before, "BEFORE");
  const auto other = governors_of(after, "AFTER");
  Comparison comparison;
  for (const auto& [name, governor] : one) {
    if (const json* again = find(other, name)) {
      comparison.governors.push_back(change_of(name, *governor, *again, tolerance));
    } else {
      comparison.only_before.push_back(name);
    }
  }
  for (const auto& [name, governor] : other) {
    if (find(one, name) == nullptr) comparison.only_after.push_back(name);
  }
  if (comparison.governors.empty()) {
    throw DataError(fmt::format("no governor is in both: BEFORE has {}, AFTER has {}",
                                fmt::join(comparison.only_before, ", "),
                                fmt::join(comparison.only_after, ", ")));
  }
  add_notes(before, after, comparison);
  return comparison;
}

std::string to_text(const Comparison& comparison) {
  std::size_t width = 8;
  for (const GovernorChange& change : comparison.governors) {
    width = std::max(width, change.governor.size());
  }
  std::string text = fmt::format("{:<{}}  {:<12} {:>9}  {:<6}  {:<22} {}\n", "governor", width,
                                 "figure", "change", "", "95 % over the seeds", "verdict");
  for (const GovernorChange& change : comparison.governors) {
    for (const FigureChange& figure : change.figures) {
      text += fmt::format("{:<{}}  {:<12} {:>+9.2f}  {:<6}  {:<22} {}\n", change.governor, width,
                          figure.figure, figure.mean, figure.unit, interval_text(figure),
                          to_text(figure.verdict));
    }
  }
  const auto list = [&](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) text += fmt::format("{}: {}\n", what, fmt::join(names, ", "));
  };
  list("only before", comparison.only_before);
  list("only after", comparison.only_after);
  for (const std::string& note : comparison.notes) text += fmt::format("note: {}\n", note);
  return text;
}

ordered_json to_json(const Comparison& comparison) {
  ordered_json json = {{"worse", comparison.is_worse()}, {"governors", ordered_json::array()}};
  for (const GovernorChange& change : comparison.governors) {
    ordered_json entry = {{"name", change.governor},
                          {"verdict", to_text(change.verdict())},
                          {"figures", ordered_json::array()}};
    for (const FigureChange& figure : change.figures) {
      ordered_json row = {{"figure", figure.figure}, {"unit", figure.unit}, {"mean", figure.mean}};
      if (std::isfinite(figure.low)) row["interval"] = {figure.low, figure.high};
      row["verdict"] = to_text(figure.verdict);
      entry["figures"].push_back(row);
    }
    json["governors"].push_back(entry);
  }
  json["only_before"] = comparison.only_before;
  json["only_after"] = comparison.only_after;
  json["notes"] = comparison.notes;
  return json;
}

}  // namespace flyball
