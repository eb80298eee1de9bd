#include "replay/log_transitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include "env/action_space.h"

namespace flyball {

namespace {

using Levels = std::vector<Level>;

// Rows [begin, end) of the log under one setting.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

GovernorScope scope_of(const TelemetryLogHeader& header, const std::vector<std::string>& knobs) {
  std::vector<std::size_t> indices;
  for (const std::string& name : knobs) indices.push_back(find_knob(header.plant.knobs, name));
  return scope_over(header.plant, indices);
}

// Nobody leases, or the lease leaves the residents the full range.
bool is_residents(const TelemetryRow& row) {
  return !row.setting || row.decided_by == DecidedBy::kResident;
}

// The rows may name nvpmodel's mode; a change also shows where it switches CPUs on or off.
bool mode_changes(const TelemetryRow& row, const TelemetryRow& next) {
  if (row.mode != next.mode) return true;
  const Telemetry& before = row.telemetry;
  const Telemetry& after = next.telemetry;
  if (!before.cpus || !after.cpus || before.cpus->size() != after.cpus->size()) return false;
  return !std::equal(
      before.cpus->begin(), before.cpus->end(), after.cpus->begin(),
      [](const CpuTelemetry& a, const CpuTelemetry& b) { return a.online == b.online; });
}

// Turns one log into transitions; lives for one call.
class Converter {
 public:
  Converter(const TelemetryLogHeader& header, std::span<const TelemetryRow> rows,
            const SpanConfig& config, const StorageWaits& waits)
      : header_(header),
        rows_(rows),
        config_(config),
        scope_(scope_of(header, config.knobs)),
        encoder_(config.encoder, scope_),
        lag_seconds_(sensor_lag_seconds(header, config)),
        waits_(waits) {
    for (const std::string& name : config.knobs) {
      const auto it = std::find(header.leased_knobs.begin(), header.leased_knobs.end(), name);
      leased_.push_back(it == header.leased_knobs.end()
                            ? std::nullopt
                            : std::optional<std::size_t>(it - header.leased_knobs.begin()));
    }
  }

  LogTransitions convert() {
    result_.observation_size = encoder_.size();
    result_.observation_names = encoder_.names();
    result_.knobs = scope_.knobs;
    if (config_.encoder.with_mode) result_.join = LimitJoin::kAny;
    result_.counts.rows = rows_.size();
    for (std::size_t begin = 0; begin < rows_.size();) {
      const std::size_t end = segment_end(begin);
      convert_segment(begin, end);
      begin = end;
    }
    return std::move(result_);
  }

 private:
  // One past the last row that follows `begin` without a cut or a gap.
  std::size_t segment_end(std::size_t begin) {
    for (std::size_t row = begin; row + 1 < rows_.size(); ++row) {
      if (rows_[row].terminated || rows_[row].truncated) return row + 1;
      if (mode_changes(rows_[row], rows_[row + 1])) {
        ++result_.counts.mode_changes;
        return row + 1;
      }
      const double step = rows_[row + 1].telemetry.time_seconds - rows_[row].telemetry.time_seconds;
      if (step > config_.gap_factor * rows_[row].period_seconds || step < 0.0) {
        ++result_.counts.gaps;
        return row + 1;
      }
    }
    return rows_.size();
  }

  // The last row only tells how its predecessor ended, unless the work ended with it.
  void convert_segment(std::size_t begin, std::size_t end) {
    const bool terminated = rows_[end - 1].terminated;
    const std::size_t last = terminated ? end : end - 1;
    segment_begin_ = begin;
    segment_end_ = end;
    segment_transition_ = result_.transitions.size();
    enter_mode(rows_[begin].mode);
    encoder_.reset();
    t_as_seconds_ = 0.0;
    Levels previous = effective_levels(begin);
    std::vector<float> observation = encode(rows_[begin].telemetry, previous);
    while (begin < last) {
      const Span span{begin, span_end(begin, last)};
      const std::optional<Levels> action = held_levels(span);
      previous = action ? *action : effective_levels(span.end - 1);
      Transition transition;
      transition.terminated = terminated && span.end == end;
      transition.truncated = !transition.terminated && span.end == last;
      fill_effect(span, previous, transition);
      transition.observation = std::move(observation);
      observation = encode(rows_[std::min(span.end, end - 1)].telemetry, previous);
      transition.next_observation = observation;
      finish(span, action, std::move(transition));
      begin = span.end;
    }
  }

  // The limits of a mode, in force from now on; without one, or of one that the header does not
  // have, those of the header.
  void enter_mode(std::optional<std::uint16_t> id) {
    const auto mode = std::find_if(header_.modes.begin(), header_.modes.end(),
                                   [&](const ModeLimits& m) { return id == m.id; });
    const std::vector<LevelRange>& limits =
        mode == header_.modes.end() ? header_.plant.limits : mode->limits;
    for (std::size_t k = 0; k < scope_.knobs.size(); ++k) {
      scope_.limits[k] = limits.at(find_knob(header_.plant.knobs, config_.knobs[k]));
    }
    encoder_.set_limits(scope_.limits);
    if (result_.limits.empty()) result_.limits = scope_.limits;
    join_limits(result_.limits, scope_.limits, result_.join);
  }

  // Where the span that begins at `begin` ends, at the latest at `last`.
  std::size_t span_end(std::size_t begin, std::size_t last) const {
    double elapsed = rows_[begin].period_seconds;
    for (std::size_t row = begin + 1; row < last; ++row) {
      if (rows_[row].setting != rows_[begin].setting) return row;
      const bool due = !is_residents(rows_[row])
                           ? rows_[row].decided
                           : elapsed >= config_.encoder.period_seconds * (1.0 - 1e-6);
      if (due && may_end({begin, row})) return row;
      elapsed += rows_[row].period_seconds;
    }
    return last;
  }

  bool may_end(const Span& span) const {
    if (config_.credit == SpanCredit::kWholeBatches) return credit_batches(span).has_value();
    const auto& application = rows_[span.end].telemetry.application;
    if (!application || application->queue_length == 0) return true;
    const auto begin = rows_.begin() + static_cast<std::ptrdiff_t>(span.begin);
    const auto end = rows_.begin() + static_cast<std::ptrdiff_t>(span.end);
    return std::any_of(begin, end, [](const TelemetryRow& r) { return r.cost().served > 0.0; });
  }

  Levels effective_levels(std::size_t row) const {
    Levels levels;
    for (std::size_t k = 0; k < scope_.knobs.size(); ++k) {
      levels.push_back(level(row, k).value_or(scope_.limits[k].ceiling));
    }
    return levels;
  }

  // What the knob is pinned to, or, where it is not, what is in effect.
  std::optional<Level> level(std::size_t row, std::size_t knob) const {
    const TelemetryRow& r = rows_[row];
    if (r.setting && leased_[knob]) {
      const LevelRange& range = (*r.setting)[*leased_[knob]];
      if (range.is_pinned()) return range.floor;
    }
    return effective_level(scope_.knobs[knob], r.telemetry);
  }

  // The levels that were in force for most of the span; absent when they changed too much.
  std::optional<Levels> held_levels(const Span& span) const {
    Levels levels;
    for (std::size_t k = 0; k < scope_.knobs.size(); ++k) {
      std::map<Level, double> seconds;
      double total = 0.0;
      for (std::size_t row = span.begin; row < span.end; ++row) {
        total += rows_[row].period_seconds;
        if (const auto l = level(row, k)) seconds[*l] += rows_[row].period_seconds;
      }
      const auto longest =
          std::max_element(seconds.begin(), seconds.end(),
                           [](const auto& a, const auto& b) { return a.second < b.second; });
      if (longest == seconds.end() || longest->second < config_.held_share * total) {
        return std::nullopt;
      }
      levels.push_back(longest->first);
    }
    return levels;
  }

  std::vector<float> encode(const Telemetry& telemetry, const Levels& previous) {
    std::vector<float> observation(encoder_.size());
    encoder_.encode(telemetry, previous, t_as_seconds_, observation);
    return observation;
  }

  // The moment the setting took effect, if it was decided with the span's first row.
  void fill_effect(const Span& span, const Levels& action, Transition& transition) {
    const TelemetryRow& row = rows_[span.begin];
    if (!row.decided) return;
    transition.effect_seconds = row.effect_seconds.value_or(row.t_as_seconds.value_or(0.0));
    t_as_seconds_ = row.t_as_seconds.value_or(t_as_seconds_);
    if (!row.at_effect) return;
    ObservationEncoder snapshot = encoder_;  // its counters must not move for the main sequence
    transition.effect_observation.resize(encoder_.size());
    snapshot.encode(*row.at_effect, action, t_as_seconds_, transition.effect_observation);
  }

  void finish(const Span& span, const std::optional<Levels>& action, Transition&& transition) {
    ++result_.counts.spans;
    LogSpan& told = result_.spans.emplace_back(LogSpan{span.begin, span.end, {}, {}});
    const bool credited = credit(span, transition);
    if (credited && is_residents(rows_[span.begin])) {
      told.resident_cost = weighted(transition.before_effect);
      *told.resident_cost += weighted(transition.after_effect);
      result_.residents += *told.resident_cost;
    }
    if (!credited || !action) {
      ++(credited ? result_.counts.unheld : result_.counts.incomplete);
      end_episode();
    } else {
      transition.action =
          static_cast<std::uint32_t>(action_space_of(scope_.knobs).index_of(*action));
      transition.weight = config_.weight;
      if (!is_residents(rows_[span.begin])) {
        transition.decided_by = rows_[span.begin].decided_by;
        transition.probability = rows_[span.begin].probability;
      }
      if (transition.decided_by == DecidedBy::kRandom) ++result_.counts.random;
      told.transition = result_.transitions.size();
      result_.transitions.push_back(std::move(transition));
    }
  }

  SpanCost weighted(SpanCost cost) const {
    for (double* part : {&cost.seconds, &cost.energy_joules, &cost.in_system_seconds, &cost.served,
                         &cost.missed}) {
      *part *= config_.weight;
    }
    return cost;
  }

  // The span after the last transition is left out: what comes next does not follow from it.
  void end_episode() {
    if (result_.transitions.size() > segment_transition_) {
      result_.transitions.back().truncated = true;
    }
  }

  bool credit(const Span& span, Transition& transition) const {
    if (config_.credit == SpanCredit::kWholeBatches) {
      const auto batches = credit_batches(span);
      if (!batches) return false;
      transition.after_effect = *batches;
      transition.seconds = batches->seconds;
      transition.effect_seconds = 0.0;
      return true;
    }
    for (std::size_t row = span.begin; row < span.end; ++row) {
      transition.before_effect += rows_[row].before_effect;
      transition.after_effect += rows_[row].after_effect;
    }
    undo_sensor_lag(span, transition);
    transition.seconds = transition.before_effect.seconds + transition.after_effect.seconds;
    return transition.seconds > 0.0 && transition.seconds >= config_.minimum_seconds;
  }

  // A first-order sensor shows y with lag * dy/dt = x - y, so the integral of x is that of y plus
  // lag times the change of y.
  void undo_sensor_lag(const Span& span, Transition& transition) const {
    const auto& first = rows_[span.begin].telemetry.total_watts;
    const auto& last = rows_[std::min(span.end, segment_end_ - 1)].telemetry.total_watts;
    if (!first || !last) return;
    double split = *first;
    const auto& snapshot = rows_[span.begin].at_effect;
    if (snapshot && snapshot->total_watts) split = *snapshot->total_watts;
    transition.before_effect.energy_joules += lag_seconds_ * (split - *first);
    transition.after_effect.energy_joules += lag_seconds_ * (*last - split);
  }

  // Where a pinned setting goes on from the span before, the last row before `begin` in which a
  // batch was completed: the next batch ran wholly under the setting, too.
  std::optional<std::size_t> last_batch_before(std::size_t begin) const {
    const auto& setting = rows_[begin].setting;
    if (!setting || rows_[begin].decided_by == DecidedBy::kResident) return std::nullopt;
    for (std::size_t row = begin; row > segment_begin_ && rows_[row - 1].setting == setting;
         --row) {
      if (rows_[row - 1].decided && rows_[row - 1].before_effect.served > 0.0) return std::nullopt;
      if (rows_[row - 1].after_effect.served > 0.0) return row - 1;
    }
    return std::nullopt;
  }

  // The rows after the first completed batch up to the last one, scaled from the rows' edges to the
  // requests' own times. Absent when no whole batch ran under the setting or power is not known.
  std::optional<SpanCost> credit_batches(const Span& span) const {
    std::optional<std::size_t> first = last_batch_before(span.begin);
    std::optional<std::size_t> last;
    for (std::size_t row = span.begin; row < span.end; ++row) {
      if (row + 1 >= segment_end_) break;
      // Served before the new setting took effect, the batch ran under the one before it.
      if (rows_[row].cost().served <= 0.0) continue;
      if (!first) {
        if (row > span.begin || rows_[row].after_effect.served > 0.0) first = row;
      } else {
        last = row;
      }
    }
    if (!last) return std::nullopt;
    const auto& before = rows_[*first + 1].telemetry.total_watts;
    const auto& after = rows_[*last + 1].telemetry.total_watts;
    if (!before || !after) return std::nullopt;
    SpanCost cost;
    double waited_seconds = 0.0;
    double latencies_seconds = 0.0;
    bool has_latencies = true;
    for (std::size_t row = *first + 1; row <= *last; ++row) {
      const SpanCost row_cost = rows_[row].cost();
      cost += row_cost;
      waited_seconds += storage_wait_seconds(header_.plant, rows_[row], rows_[row + 1]);
      const auto& application = rows_[row + 1].telemetry.application;
      if (application && application->latency_mean_seconds) {
        latencies_seconds += *application->latency_mean_seconds * row_cost.served;
      } else if (row_cost.served > 0.0) {
        has_latencies = false;
      }
    }
    if (cost.seconds < config_.minimum_seconds) return std::nullopt;
    cost.energy_joules += lag_seconds_ * (*after - *before);
    if (has_latencies && cost.in_system_seconds > 0.0) {
      const double scale = latencies_seconds / cost.in_system_seconds;
      cost.seconds *= scale;
      cost.energy_joules *= scale;
      cost.in_system_seconds = latencies_seconds;
    }
    even_storage_waits(waits_, waited_seconds, cost);
    return cost;
  }

  const TelemetryLogHeader& header_;
  std::span<const TelemetryRow> rows_;
  const SpanConfig& config_;
  GovernorScope scope_;
  ObservationEncoder encoder_;
  double lag_seconds_;
  StorageWaits waits_;
  std::vector<std::optional<std::size_t>> leased_;  // per knob: its place in the rows' setting
  std::size_t segment_begin_ = 0;
  std::size_t segment_end_ = 0;
  std::size_t segment_transition_ = 0;  // number of transitions before the segment's own
  double t_as_seconds_ = 0.0;           // the last measured one
  LogTransitions result_;
};

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
  validate(config);
  return Converter(header, rows, config, waits).convert();
}

}  // namespace flyball
