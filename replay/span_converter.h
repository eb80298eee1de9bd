// Rows of a log, told one by one, to what their spans come to: segmenter, held action, credit and
// observation put together. Not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "env/action_space.h"
#include "env/observation.h"
#include "replay/held_action.h"
#include "replay/log_transitions.h"
#include "replay/segmenter.h"
#include "replay/stock_reference.h"

namespace flyball {

// One span of the log. It has a transition unless it is left out, and a cost of the residents if
// they decided in it and it was credited: one or the other, by whether its energy is known.
struct ConvertedSpan {
  RowSpan rows;
  std::optional<Transition> transition;
  std::optional<SpanCost> resident_cost;
  std::optional<SpanCost> unpowered_resident_cost;
  Standing standing = Standing::kSettled;  // of the residents' cost
};

class SpanConverter {
 public:
  // Header and config have to outlive it. Throws std::invalid_argument naming the knob or the group
  // that the log does not have, or the key at fault.
  SpanConverter(const TelemetryLogHeader& header, const SpanConfig& config);
  SpanConverter(const SpanConverter&) = delete;
  SpanConverter& operator=(const SpanConverter&) = delete;

  // The next row, and the spans that it ends. `rows` reaches back to the span before the one under
  // way and holds the row after this one, unless the log ends here. `waits`: of the log.
  std::vector<ConvertedSpan> add(const RowWindow& rows, std::size_t row, const StorageWaits& waits);

  std::size_t observation_size() const { return encoder_.size(); }
  const std::vector<std::string>& observation_names() const { return encoder_.names(); }
  const std::vector<Knob>& knobs() const { return scope_.knobs; }
  // One per knob: of the modes so far, joined.
  const std::vector<LevelRange>& limits() const { return joined_limits_; }
  LimitJoin join() const { return join_; }
  const SpanCounts& counts() const { return counts_; }

 private:
  bool is_last(const RowWindow& rows, std::size_t row);
  bool may_end(const RowWindow& rows, const RowSpan& span) const;
  void begin_segment(const RowWindow& rows, std::size_t row);
  void enter_mode(std::optional<std::uint16_t> id);
  std::vector<float> encode(const Telemetry& telemetry);
  ConvertedSpan convert(const RowWindow& rows, const EndedSpan& ended, const StorageWaits& waits);
  bool is_observed(const RowWindow& rows, const RowSpan& span) const;
  void fill_effect(std::span<const TelemetryRow> rows, Transition& transition);
  bool credit(const RowWindow& rows, const RowSpan& span, const StorageWaits& waits,
              Transition& transition) const;

  const TelemetryLogHeader& header_;
  const SpanConfig& config_;
  GovernorScope scope_;
  ActionSpace actions_;
  ObservationEncoder encoder_;
  HeldAction held_;
  Segmenter segmenter_;
  ResidentStretch stretch_;
  Standing standing_ = Standing::kInherits;  // at the beginning of the span under way
  LimitJoin join_;
  std::vector<LevelRange> joined_limits_;
  SpanCounts counts_;
  std::size_t segment_begin_ = 0;
  double t_as_seconds_ = 0.0;       // the last measured one
  std::vector<Level> previous_;     // what runs while the next action is thought of
  std::vector<float> observation_;  // at the beginning of the span under way
};

}  // namespace flyball
