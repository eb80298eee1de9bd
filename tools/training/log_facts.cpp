#include "tools/training/log_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <set>

#include "agent/training/training_data.h"
#include "controllers/evaluation/simulated_log.h"
#include "env/errors.h"
#include "env/statistics.h"
#include "tools/config/scenario_name.h"

namespace flyball {

namespace {

constexpr double kBatchesPerPeriod = 4.0;  // of saturated jobs, at least

// What rows of all logs show, gathered.
struct Gathered {
  std::vector<double> decisions;
  std::vector<double> deadlines;
  std::vector<double> queues;
  double seconds = 0.0;
  double batches = 0.0;
};

// A knob is turned where its frequency, or the batch, takes more than one value.
bool is_turned(const TelemetryLog& log, const Knob& knob) {
  std::set<double> seen;
  for (const TelemetryRow& row : log.rows) {
    std::optional<double> value;
    if (knob.is_application()) {
      if (row.telemetry.application.has_value()) {
        value = application_value(knob, *row.telemetry.application);
      }
    } else if (row.telemetry.domains.has_value()) {
      value = (*row.telemetry.domains)[knob.domains.front()].effective_hz;
    }
    if (value) seen.insert(*value);
    if (seen.size() > 1) return true;
  }
  return false;
}

// Whether its settings were ceilings with room for the resident below, and never pins above the
// floor.
bool is_capped(const TelemetryLog& log, const std::string& name) {
  const auto& leased = log.header.leased_knobs;
  const auto place = std::find(leased.begin(), leased.end(), name) - leased.begin();
  const PlantDescription& plant = log.header.plant;
  const std::size_t knob = find_knob(plant.knobs, name);
  if (knob >= plant.limits.size()) return false;
  const LevelRange limits = plant.limits[knob];
  bool is_below = false;
  for (const TelemetryRow& row : log.rows) {
    if (!row.setting || place >= static_cast<std::ptrdiff_t>(row.setting->size())) continue;
    const LevelRange& range = (*row.setting)[static_cast<std::size_t>(place)];
    if (range.floor > limits.floor) return false;
    is_below |= range.ceiling < limits.ceiling && !range.is_pinned();
  }
  return is_below;
}

// Those that were leased, or of a log without a lease all that moved.
std::vector<std::string> turned_knobs(const NamedTelemetry& named) {
  const TelemetryLogHeader& header = named.log.header;
  std::vector<std::string> turned;
  for (const Knob& knob : header.plant.knobs) {
    const auto& leased = header.leased_knobs;
    const bool is_lent = std::find(leased.begin(), leased.end(), knob.name) != leased.end();
    if ((is_lent || leased.empty()) && is_turned(named.log, knob)) turned.push_back(knob.name);
  }
  if (turned.empty()) {
    throw DataError(fmt::format(
        "{}: nothing was turned in it: no knob took a second value; record one with exploration "
        "(flyballd explore, flyball simulate --explore 0.2)",
        named.name));
  }
  return turned;
}

void gather(const NamedTelemetry& named, Gathered& all) {
  const TelemetryRow* before = nullptr;
  std::optional<double> decided;
  bool has_application = false;
  for (const TelemetryRow& row : named.log.rows) {
    if (row.decided && decided) {
      all.decisions.push_back(row.telemetry.time_seconds - *decided);
    }
    if (row.decided) decided = row.telemetry.time_seconds;
    if (!row.telemetry.application.has_value()) continue;
    has_application = true;
    const ApplicationTelemetry& now = *row.telemetry.application;
    if (now.deadline_seconds) all.deadlines.push_back(*now.deadline_seconds);
    if (!now.finished) all.queues.push_back(static_cast<double>(now.queue_length));
    if (before != nullptr && now.batches >= before->telemetry.application->batches) {
      all.seconds += row.telemetry.time_seconds - before->telemetry.time_seconds;
      all.batches += static_cast<double>(now.batches - before->telemetry.application->batches);
    }
    before = &row;
  }
  if (has_application) return;
  throw DataError(named.name +
                  ": the application's figures are missing: without requests there is no cost of "
                  "one (flyball import --requests adds a request log)");
}

double median_row(const TelemetryLog& log) {
  std::vector<double> periods;
  for (const TelemetryRow& row : log.rows) periods.push_back(row.period_seconds);
  return interpolated_quantile(std::move(periods), 0.5);
}

}  // namespace

std::vector<NamedTelemetry> read_logs(const std::vector<std::string>& patterns) {
  std::vector<NamedTelemetry> logs;
  for (const std::string& pattern : patterns) {
    for (const std::string& file : matching_files(pattern)) {
      if (!std::filesystem::is_regular_file(file)) {
        throw DataError(fmt::format(
            "{}: is read once, and what the recipe leaves open takes a reading of its own: give a "
            "file, or a configuration that says knobs, period_seconds and the like",
            file));
      }
      logs.push_back({file, read_telemetry_log(file)});
    }
  }
  return logs;
}

LogFacts facts_of(const std::vector<NamedTelemetry>& logs) {
  LogFacts facts;
  Gathered all;
  std::set<std::string> known;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const TelemetryLogHeader& header = logs[i].log.header;
    if (logs[i].log.rows.empty()) throw DataError(logs[i].name + ": holds no row");
    const std::vector<std::string> turned = turned_knobs(logs[i]);
    if (i == 0) facts.knobs = turned;
    std::erase_if(facts.knobs, [&](const std::string& knob) {
      return std::find(turned.begin(), turned.end(), knob) == turned.end();
    });
    for (const std::string& knob : turned) {
      if (i == 0 && is_capped(logs[i].log, knob)) facts.caps.push_back(knob);
    }
    for (const Knob& knob : header.plant.knobs) known.insert(knob.name);
    gather(logs[i], all);
    facts.row_seconds = std::max(facts.row_seconds, median_row(logs[i].log));
    const std::optional<std::string> scenario = simulated_scenario(header);
    if (i == 0) facts.scenario = scenario;
    if (facts.scenario != scenario) facts.scenario.reset();
  }
  if (facts.knobs.empty()) throw DataError("the logs turn different knobs: train on each alone");
  for (const std::string& knob : known) {
    const auto& turned = facts.knobs;
    if (std::find(turned.begin(), turned.end(), knob) == turned.end()) facts.held.push_back(knob);
  }
  if (!all.decisions.empty()) facts.decision_seconds = interpolated_quantile(all.decisions, 0.5);
  if (!all.deadlines.empty()) {
    facts.deadline_seconds = interpolated_quantile(all.deadlines, 0.5);
    const auto [least, most] = std::minmax_element(all.deadlines.begin(), all.deadlines.end());
    facts.has_one_deadline = *most <= *least * (1.0 + kSameDeadline);
  }
  if (all.batches > 0.0) facts.batch_seconds = all.seconds / all.batches;
  if (!all.queues.empty()) {
    const double middle = std::max(interpolated_quantile(all.queues, 0.5), 0.5);
    facts.queue_spread =
        (interpolated_quantile(all.queues, 0.95) - interpolated_quantile(all.queues, 0.05)) /
        middle;
  }
  return facts;
}

LogFacts facts_of(const std::vector<std::string>& patterns) {
  LogFacts facts = facts_of(read_logs(patterns));
  if (facts.scenario && !is_scenario_here(parse_scenario_name(*facts.scenario))) {
    facts.scenario.reset();
  }
  return facts;
}

OpenKeys open_keys(const LogFacts& facts, std::optional<double> latency_seconds) {
  OpenKeys keys{facts.knobs, facts.caps, 0.0, facts.deadline_seconds, facts.scenario};
  const std::optional<double>& own = facts.decision_seconds;
  const std::optional<double> allowed =
      facts.deadline_seconds ? facts.deadline_seconds : latency_seconds;
  if (!facts.is_saturated() && allowed) {
    keys.period_seconds = period_within(*allowed, facts.row_seconds, own);
    return keys;
  }
  const double rule = kBatchesPerPeriod * facts.batch_seconds;
  const double rows = std::round((own && *own >= 0.9 * rule ? *own : rule) / facts.row_seconds);
  keys.period_seconds = std::round(std::max(1.0, rows) * facts.row_seconds * 1e6) / 1e6;
  return keys;
}

}  // namespace flyball
