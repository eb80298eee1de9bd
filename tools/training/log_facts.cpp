#include "tools/training/log_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "controllers/evaluation/simulated_log.h"
#include "env/errors.h"
#include "env/statistics.h"

namespace flyball {

namespace {

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
        value = row.telemetry.application->batch_recommended;
      }
    } else if (row.telemetry.domains.has_value()) {
      value = (*row.telemetry.domains)[knob.domains.front()].effective_hz;
    }
    if (value) seen.insert(*value);
    if (seen.size() > 1) return true;
  }
  return false;
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
  if (!all.deadlines.empty()) facts.deadline_seconds = interpolated_quantile(all.deadlines, 0.5);
  if (all.batches > 0.0) facts.batch_seconds = all.seconds / all.batches;
  if (!all.queues.empty()) {
    const double middle = std::max(interpolated_quantile(all.queues, 0.5), 0.5);
    facts.queue_spread =
        (interpolated_quantile(all.queues, 0.95) - interpolated_quantile(all.queues, 0.05)) /
        middle;
  }
  return facts;
}

}  // namespace flyball
