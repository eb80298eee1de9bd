#include "tools/daemon/status_sink.h"

#include <unistd.h>

#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "env/excerpt.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

constexpr double kTellSeconds = 1.0;

template <typename Value>
ordered_json json_of(const std::optional<Value>& value) {
  return value ? ordered_json(*value) : nullptr;
}

ordered_json knob_json(const Knob& knob, const LevelRange& limits, const TelemetryRow& row,
                       std::optional<LevelRange> setting) {
  const std::optional<Level> level = effective_level(knob, row.telemetry);
  ordered_json json = {{"name", knob.name},
                       {"now", level ? ordered_json(knob.levels[*level]) : nullptr},
                       {"lowest", knob.levels[limits.floor]},
                       {"highest", knob.levels[limits.ceiling]}};
  json["floor"] = setting ? ordered_json(knob.levels[setting->floor]) : nullptr;
  json["ceiling"] = setting ? ordered_json(knob.levels[setting->ceiling]) : nullptr;
  return json;
}

}  // namespace

StatusSink::StatusSink(StatusFile& file, StatusSource source, TelemetrySink* next)
    : file_(file), source_(std::move(source)), next_(next) {}

void StatusSink::write(const TelemetryRow& row) {
  if (next_ != nullptr) next_->write(row);
  seconds_ += row.period_seconds;
  since_told_ += row.cost();
  whole_ += row.cost();
  last_ = row;
  const double now = row.telemetry.time_seconds + row.period_seconds;
  if (told_seconds_ && now - *told_seconds_ < kTellSeconds) return;
  tell(row, {});
  told_seconds_ = now;
  since_told_ = {};
}

// Told with the next row: whoever asked waits for it.
void StatusSink::note_reload(const std::string& refusal) {
  ++reloads_;
  refusal_ = excerpt(refusal, kLineBytes);
  told_seconds_.reset();
}

void StatusSink::end(const std::string& ended_by) { tell(last_, ended_by); }

// A status that cannot be made, or written, is none; governing goes on.
void StatusSink::tell(const TelemetryRow& row, const std::string& ended_by) {
  try {
    const bool is_policy = row.decided_by != DecidedBy::kResident;
    ordered_json json = {
        {"schema", 1},
        {"pid", getpid()},
        {"monotonic_seconds", steady_seconds()},
        {"state", !ended_by.empty() ? "ended"
                  : pause_until_    ? "paused"
                                    : "runs"},
        {"ended_by", ended_by.empty() ? ordered_json(nullptr) : ordered_json(ended_by)},
        {"paused_until_seconds", json_of(pause_until_)},
        {"board", source_.plant.board},
        {"governor", source_.governor},
        {"mode", source_.modes.text()},
        {"seconds", seconds_},
        {"decided_by", is_policy ? "governor" : "kernel"}};
    json["knobs"] = ordered_json::array();
    for (std::size_t k = 0; k < source_.knobs.size(); ++k) {
      const std::size_t knob = source_.knobs[k];
      const bool has_setting = row.setting && k < row.setting->size();
      json["knobs"].push_back(
          knob_json(source_.plant.knobs[knob], source_.plant.limits[knob], row,
                    has_setting ? std::optional((*row.setting)[k]) : std::nullopt));
    }
    const SpanCost& recent = since_told_;
    std::optional<double> watts;
    if (recent.energy_joules && recent.seconds > 0.0 && row.telemetry.total_watts) {
      watts = *recent.energy_joules / recent.seconds;
    }
    std::optional<double> latency;
    if (recent.served > 0.0) latency = recent.in_system_seconds / recent.served;
    json["power_watts"] = json_of(watts);
    json["latency_seconds"] = json_of(latency);
    json["queue"] = row.telemetry.application
                        ? ordered_json(row.telemetry.application->queue_length)
                        : ordered_json(nullptr);
    json["served"] = whole_.served;
    json["missed"] = whole_.missed;
    const GovernorCounts counts = source_.counts ? source_.counts() : GovernorCounts{};
    json["left_to_kernel"] = counts.fallbacks;
    json["guarded_share"] = json_of(counts.guarded_share);
    json["canary"] = counts.canary ? to_json(*counts.canary) : ordered_json(nullptr);
    json["can_reload"] = source_.can_reload;
    json["reloads"] = reloads_;
    json["reload_refused"] = refusal_.empty() ? ordered_json(nullptr) : ordered_json(refusal_);
    static_cast<void>(file_.write(json.dump()));
  } catch (const std::exception&) {  // no memory, no number
  }
}

}  // namespace flyball
