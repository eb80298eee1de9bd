#include "replay/log_transitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "replay/span_converter.h"
#include "replay/stock_reference.h"

namespace flyball {

namespace {

// What comes after the last transition does not follow from it: the span between was left out.
void end_episode(std::vector<Transition>& transitions) {
  if (!transitions.empty() && !transitions.back().terminated) transitions.back().truncated = true;
}

void append(LogTransitions& result, ConvertedSpan&& span) {
  LogSpan& told =
      result.spans.emplace_back(LogSpan{span.rows.begin, span.rows.end, {}, span.resident_cost});
  if (!span.transition) return end_episode(result.transitions);
  told.transition = result.transitions.size();
  result.transitions.push_back(std::move(*span.transition));
}

}  // namespace

void join_limits(std::vector<LevelRange>& limits, std::span<const LevelRange> more,
                 LimitJoin join) {
  for (std::size_t k = 0; k < limits.size(); ++k) {
    const auto [low, high] = std::minmax(limits[k].floor, more[k].floor);
    const auto [lower, higher] = std::minmax(limits[k].ceiling, more[k].ceiling);
    limits[k] = join == LimitJoin::kAny ? LevelRange{low, higher} : LevelRange{high, lower};
  }
}

SpanCounts& SpanCounts::operator+=(const SpanCounts& other) {
  rows += other.rows;
  spans += other.spans;
  unheld += other.unheld;
  incomplete += other.incomplete;
  unpowered += other.unpowered;
  unobserved += other.unobserved;
  gaps += other.gaps;
  mode_changes += other.mode_changes;
  random += other.random;
  return *this;
}

void validate(const SpanConfig& config) {
  const auto require = [](bool holds, const char* key, double value, const char* range) {
    if (!holds) throw std::invalid_argument(fmt::format("{} = {}: must be {}", key, value, range));
  };
  if (config.knobs.empty()) throw std::invalid_argument("knobs: name at least one");
  for (std::size_t i = 0; i < config.knobs.size(); ++i) {
    if (std::count(config.knobs.begin(), config.knobs.end(), config.knobs[i]) == 1) continue;
    throw std::invalid_argument(
        fmt::format("knobs[{}]: \"{}\" is named twice", i, config.knobs[i]));
  }
  for (std::size_t i = 0; i < config.caps.size(); ++i) {
    if (std::count(config.caps.begin(), config.caps.end(), config.caps[i]) > 1) {
      throw std::invalid_argument(
          fmt::format("caps[{}]: \"{}\" is named twice", i, config.caps[i]));
    }
    const auto& knobs = config.knobs;
    if (std::find(knobs.begin(), knobs.end(), config.caps[i]) != knobs.end()) continue;
    throw std::invalid_argument(fmt::format("caps[{}]: \"{}\" is none of the knobs {}", i,
                                            config.caps[i], fmt::join(knobs, ", ")));
  }
  require(config.held_share > 0.5 && config.held_share <= 1.0, "held_share", config.held_share,
          "in (0.5, 1]");
  require(config.gap_factor > 1.0, "gap_factor", config.gap_factor, "> 1");
  require(config.minimum_seconds >= 0.0, "minimum_seconds", config.minimum_seconds, ">= 0");
  require(config.sensor_lag_seconds >= 0.0, "sensor_lag_seconds", config.sensor_lag_seconds,
          ">= 0");
  require(config.weight > 0.0, "weight", config.weight, "> 0");
}

double sensor_lag_seconds(const TelemetryLogHeader& header, const SpanConfig& config) {
  return header.sensor_lag_seconds.value_or(config.sensor_lag_seconds);
}

LogTransitions log_transitions(const TelemetryLogHeader& header, std::span<const TelemetryRow> rows,
                               const SpanConfig& config) {
  StorageWaitSums waits(sensor_lag_seconds(header, config), config.gap_factor);
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) waits.add(header.plant, rows[i], rows[i + 1]);
  return log_transitions(header, rows, config, waits.mean());
}

LogTransitions log_transitions(const TelemetryLogHeader& header, std::span<const TelemetryRow> rows,
                               const SpanConfig& config, const StorageWaits& waits) {
  SpanConverter converter(header, config);
  LogTransitions result;
  StockReference stock;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (ConvertedSpan& span : converter.add({rows, 0}, row, waits)) {
      if (span.resident_cost) stock.add(span.standing, *span.resident_cost, config.weight);
      if (const auto& cost = span.unpowered_resident_cost)
        stock.add_unpowered(span.standing, *cost);
      append(result, std::move(span));
    }
  }
  result.residents = stock.residents();
  result.observation_size = converter.observation_size();
  result.observation_names = converter.observation_names();
  result.knobs = converter.knobs();
  result.limits = converter.limits();
  result.join = converter.join();
  result.counts = converter.counts();
  return result;
}

}  // namespace flyball
