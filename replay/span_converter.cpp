#include "replay/span_converter.h"

#include <algorithm>
#include <utility>

#include "replay/period_credit.h"
#include "replay/whole_batches.h"

namespace flyball {

namespace {

GovernorScope scope_of(const TelemetryLogHeader& header, const SpanConfig& config) {
  validate(config);
  std::vector<std::size_t> knobs;
  for (const std::string& name : config.knobs) {
    knobs.push_back(find_knob(header.plant.knobs, name));
  }
  return scope_over(header.plant, knobs);
}

}  // namespace

SpanConverter::SpanConverter(const TelemetryLogHeader& header, const SpanConfig& config)
    : header_(header),
      config_(config),
      scope_(scope_of(header, config)),
      actions_(action_space_of(scope_.knobs)),
      encoder_(config.encoder, scope_),
      held_(header, scope_, config.held_share, config.caps),
      segmenter_(
          config.encoder.period_seconds,
          [this](const RowWindow& rows, const RowSpan& span) { return may_end(rows, span); }),
      join_(config.encoder.with_mode ? LimitJoin::kAny : LimitJoin::kCommon) {}

std::vector<ConvertedSpan> SpanConverter::add(const RowWindow& rows, std::size_t row,
                                              const StorageWaits& waits) {
  ++counts_.rows;
  const bool begins = segmenter_.begins_segment();
  stretch_.add(rows[row], begins);
  if (begins) {
    begin_segment(rows, row);
    standing_ = stretch_.standing();
  }
  std::vector<ConvertedSpan> converted;
  for (const EndedSpan& ended : segmenter_.add(rows, row, is_last(rows, row))) {
    converted.push_back(convert(rows, ended, waits));
    standing_ = stretch_.standing();
  }
  return converted;
}

// Of its segment.
bool SpanConverter::is_last(const RowWindow& rows, std::size_t row) {
  if (row + 1 == rows.end()) return true;
  const Cut cut = cut_between(rows[row], rows[row + 1], config_.gap_factor);
  if (cut == Cut::kModeChange) ++counts_.mode_changes;
  if (cut == Cut::kGap) ++counts_.gaps;
  return cut != Cut::kNone;
}

bool SpanConverter::may_end(const RowWindow& rows, const RowSpan& span) const {
  if (config_.credit == SpanCredit::kPeriod) return may_end_period(rows, span);
  const auto batches = whole_batches(rows, span, segment_begin_);
  return batches && seconds_of(rows, *batches) >= config_.minimum_seconds;
}

void SpanConverter::begin_segment(const RowWindow& rows, std::size_t row) {
  segment_begin_ = row;
  enter_mode(rows[row].mode);
  encoder_.reset();
  t_as_seconds_ = 0.0;
  previous_ = held_.in_row(rows[row]);
  observation_ = encode(rows[row].telemetry);
}

// The limits of a mode, in force from now on; without one, or of one that the header does not have,
// those of the header.
void SpanConverter::enter_mode(std::optional<std::uint16_t> id) {
  const auto mode = std::find_if(header_.modes.begin(), header_.modes.end(),
                                 [&](const ModeLimits& m) { return id == m.id; });
  const std::vector<LevelRange>& limits =
      mode == header_.modes.end() ? header_.plant.limits : mode->limits;
  for (std::size_t k = 0; k < scope_.knobs.size(); ++k) {
    scope_.limits[k] = limits.at(find_knob(header_.plant.knobs, config_.knobs[k]));
  }
  encoder_.set_limits(scope_.limits);
  held_.set_limits(scope_.limits);
  if (joined_limits_.empty()) joined_limits_ = scope_.limits;
  join_limits(joined_limits_, scope_.limits, join_);
}

// As the governor does: after telemetry that lacks what is observed, counters begin afresh.
std::vector<float> SpanConverter::encode(const Telemetry& telemetry) {
  std::vector<float> observation(encoder_.size());
  if (encoder_.has_required(telemetry)) {
    encoder_.encode(telemetry, previous_, t_as_seconds_, observation);
  } else {
    encoder_.reset();
  }
  return observation;
}

ConvertedSpan SpanConverter::convert(const RowWindow& rows, const EndedSpan& ended,
                                     const StorageWaits& waits) {
  const RowSpan& span = ended.rows;
  const TelemetryRow& first = rows[span.begin];
  const auto action = held_.of(rows.part(span.begin, span.end));
  previous_ = action ? *action : held_.in_row(rows[span.end - 1]);
  Transition transition;
  transition.terminated = ended.terminated;
  transition.truncated = ended.ends_segment && !ended.terminated;
  fill_effect(rows.part(span.begin, span.end), transition);
  transition.observation = std::move(observation_);
  observation_ = encode(rows[span.last].telemetry);
  transition.next_observation = observation_;

  ++counts_.spans;
  ConvertedSpan converted{span, {}, {}, {}};
  // Whole batches of a saturated job inherit nothing.
  if (config_.credit == SpanCredit::kPeriod) converted.standing = standing_;
  if (!credit(rows, span, waits, transition)) {
    ++counts_.incomplete;
    return converted;
  }
  if (!is_observed(rows, span)) {
    ++counts_.unobserved;
    return converted;
  }
  const SpanCost cost = transition.cost();
  if (!cost.energy_joules) {
    ++counts_.unpowered;
    if (is_residents(first)) converted.unpowered_resident_cost = cost * config_.weight;
    return converted;
  }
  if (is_residents(first)) converted.resident_cost = cost * config_.weight;
  if (!action) {
    ++counts_.unheld;
    return converted;
  }
  transition.action = static_cast<std::uint32_t>(actions_.index_of(*action));
  transition.weight = config_.weight;
  if (!is_residents(first)) {
    transition.decided_by = first.decided_by;
    transition.probability = first.probability;
  }
  if (transition.decided_by == DecidedBy::kRandom) ++counts_.random;
  converted.transition = std::move(transition);
  return converted;
}

// What is absent would be encoded as 0, and would count as no request.
bool SpanConverter::is_observed(const RowWindow& rows, const RowSpan& span) const {
  if (!encoder_.has_required(rows[span.begin].telemetry)) return false;
  if (!encoder_.has_required(rows[span.last].telemetry)) return false;
  if (!header_.plant.has_application) return true;
  const auto part = rows.part(span.begin, span.last + 1);
  return std::all_of(part.begin(), part.end(),
                     [](const TelemetryRow& row) { return row.telemetry.application.has_value(); });
}

// The moment the setting took effect, if it was decided with the span's first row.
void SpanConverter::fill_effect(std::span<const TelemetryRow> rows, Transition& transition) {
  const TelemetryRow& first = rows.front();
  if (!first.decided) return;
  transition.effect_seconds = first.effect_seconds.value_or(first.t_as_seconds.value_or(0.0));
  for (const TelemetryRow& row : rows) {
    if (row.decided) t_as_seconds_ = row.t_as_seconds.value_or(t_as_seconds_);
  }
  const std::size_t at = effect_row(rows);
  if (at == rows.size()) return;
  const TelemetryRow& row = rows[at];
  if (!row.at_effect || !encoder_.has_required(*row.at_effect)) return;
  ObservationEncoder snapshot = encoder_;  // its counters must not move for the main sequence
  transition.effect_observation.resize(encoder_.size());
  snapshot.encode(*row.at_effect, previous_, t_as_seconds_, transition.effect_observation);
}

// False when there is nothing to credit.
bool SpanConverter::credit(const RowWindow& rows, const RowSpan& span, const StorageWaits& waits,
                           Transition& transition) const {
  const double lag = sensor_lag_seconds(header_, config_);
  if (config_.credit == SpanCredit::kPeriod) {
    const SplitCost cost = credit_period(rows, span, lag);
    transition.before_effect = cost.before_effect;
    transition.after_effect = cost.after_effect;
    transition.seconds = transition.cost().seconds;
    transition.effect_seconds = std::min(transition.effect_seconds, transition.seconds);
    return transition.seconds > 0.0 && transition.seconds >= config_.minimum_seconds;
  }
  const auto batches = whole_batches(rows, span, segment_begin_);
  if (!batches || seconds_of(rows, *batches) < config_.minimum_seconds) return false;
  transition.after_effect = credit_batches(rows, *batches, header_.plant, lag, waits);
  transition.seconds = transition.after_effect.seconds;
  transition.effect_seconds = 0.0;
  return true;
}

}  // namespace flyball
