// From a telemetry log to transitions: rows are merged into spans (segmenter.h), a span whose
// levels were held (held_action.h) becomes one transition with what it is credited
// (period_credit.h, whole_batches.h). Pure functions.
//
// A cut of the log ends the episode, and so does a span that is left out. Left out is what cannot
// be learned from: see SpanCounts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "env/logs/row_gap.h"
#include "env/logs/telemetry_row.h"
#include "env/module_power.h"
#include "env/observation.h"
#include "replay/storage_waits.h"
#include "replay/transition.h"

namespace flyball {

struct SpanConfig {
  std::vector<std::string> knobs;  // what actions turn; a subset of the log's leased knobs, or any
                                   // knobs of a log without a lease
  // Of those, the ones whose action is a ceiling: a log's residents then are at the highest one.
  std::vector<std::string> caps = {};
  EncoderConfig encoder;  // its period_seconds is the decision period H
  SpanCredit credit = SpanCredit::kPeriod;
  double held_share = 0.9;         // a resident's level counts as an action if held for this share
  double gap_factor = kGapFactor;  // rows further apart than this many of their periods: a gap
  double minimum_seconds = 0.0;    // spans with less to credit are not trained on
  // Of the power readings, where the log does not say.
  double sensor_lag_seconds = kSensorLagSeconds;
  double weight = 1.0;  // of the log's transitions in the loss
};

// What became of the rows.
struct SpanCounts {
  std::size_t rows = 0;
  std::size_t spans = 0;
  // Left out of them, by cause; the first that holds is counted.
  std::size_t incomplete = 0;  // nothing to credit: no whole batch, or shorter than the minimum
  std::size_t unobserved = 0;  // lacks what the observation needs, or the application's figures
  std::size_t unpowered = 0;   // power was not read for long enough, see span_energy.h
  std::size_t unheld = 0;      // residents changed levels inside: no action
  std::size_t gaps = 0;
  std::size_t mode_changes = 0;  // another nvpmodel mode: named, or CPUs switched on or off
  std::size_t random = 0;        // transitions whose action was drawn at random

  SpanCounts& operator+=(const SpanCounts& other);
};
template <typename Visitor, FieldsOf<SpanCounts> Config>
void visit(Visitor& field, Config& counts) {
  field({"rows", "", {}, "rows of the logs"}, counts.rows);
  field({"spans", "", {}, "spans that they make"}, counts.spans);
  field({"unheld", "", {}, "residents changed levels inside"}, counts.unheld);
  field({"incomplete", "", {}, "nothing to credit"}, counts.incomplete);
  field({"gaps", "", {}, "gaps in the stamps"}, counts.gaps);
  field({"mode_changes", "", {}, "changes of the nvpmodel mode"}, counts.mode_changes);
  field({"random", "", {}, "transitions whose action was drawn at random"}, counts.random);
  field({"unpowered", "", {}, "power was not read for long enough"}, counts.unpowered);
  field({"unobserved", "", {}, "lacks what is observed"}, counts.unobserved);
}

// What several modes leave to one policy.
enum class LimitJoin : std::uint8_t {
  kCommon,  // what each of them allows
  kAny,     // what one of them does: the observation tells which mode it is
};
void join_limits(std::vector<LevelRange>& limits, std::span<const LevelRange> more, LimitJoin join);

// What became of one span.
struct LogSpan {
  std::size_t begin = 0;  // rows [begin, end)
  std::size_t end = 0;
  std::optional<std::size_t> transition;  // its place among the transitions; absent: left out
  std::optional<SpanCost> resident_cost;  // residents decided in it, and it was credited
};

struct LogTransitions {
  std::size_t observation_size = 0;
  std::vector<std::string> observation_names;
  std::vector<Knob> knobs;         // of the actions, in their order
  std::vector<LevelRange> limits;  // one per knob, of the log's modes joined so
  LimitJoin join = LimitJoin::kCommon;
  std::vector<Transition> transitions;
  std::vector<LogSpan> spans;  // in order
  SpanCounts counts;
  // Of the residents' spans that are stock's own, see stock_reference.h; times SpanConfig::weight.
  SpanCost residents;
};

// Throws std::invalid_argument naming the knob or the group that the log does not have.
LogTransitions log_transitions(const TelemetryLogHeader& header, std::span<const TelemetryRow> rows,
                               const SpanConfig& config);
// The same, for the last rows of a longer log whose waits for storage are known.
LogTransitions log_transitions(const TelemetryLogHeader& header, std::span<const TelemetryRow> rows,
                               const SpanConfig& config, const StorageWaits& waits);

// The time constant of the log's power readings.
double sensor_lag_seconds(const TelemetryLogHeader& header, const SpanConfig& config);

// Throws std::invalid_argument naming the key at fault.
void validate(const SpanConfig& config);

}  // namespace flyball
