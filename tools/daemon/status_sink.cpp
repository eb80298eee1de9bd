#include "tools/daemon/status_sink.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "env/excerpt.h"

namespace flyball {

namespace {

constexpr double kTellSeconds = 1.0;

}  // namespace

StatusSink::StatusSink(StatusFile& file, StatusSource source, TelemetrySink* next)
    : file_(file),
      source_(std::move(source)),
      next_(next),
      board_(json_text(source_.plant.board)),
      governor_(json_text(source_.governor)),
      told_mode_(source_.modes.mode()),
      mode_(json_text(source_.modes.text())) {
  for (const std::size_t knob : source_.knobs) {
    knob_names_.push_back(json_text(source_.plant.knobs[knob].name));
  }
}

void StatusSink::write(const TelemetryRow& row) {
  if (next_ != nullptr) next_->write(row);
  seconds_ += row.period_seconds;
  since_told_ += row.cost();
  whole_ += row.cost();
  last_ = row;
  const double now = row.telemetry.time_seconds + row.period_seconds;
  if (told_seconds_ && now - *told_seconds_ < kTellSeconds) return;
  tell(row);
  told_seconds_ = now;
  since_told_ = {};
}

// Told with the next row: whoever asked waits for it.
void StatusSink::note_reload(const std::string& refusal) {
  ++reloads_;
  refusal_ = refusal.empty() ? "null" : json_text(excerpt(refusal, kLineBytes));
  told_seconds_.reset();
}

void StatusSink::set_throttled(const std::vector<ThrottleWatch::Clock>& clocks) {
  std::vector<std::string> names;
  for (const ThrottleWatch::Clock& clock : clocks) {
    if (clock.is_held) names.push_back(json_text(clock.name));
  }
  throttled_ = fmt::format("[{}]", fmt::join(names, ","));
}

void StatusSink::end(const std::string& ended_by) {
  ended_by_ = json_text(ended_by);
  tell(last_);
}

const char* StatusSink::state() const {
  if (!ended_by_.empty()) return "\"ended\"";
  return pause_until_ ? "\"paused\"" : "\"runs\"";
}

void StatusSink::put_knobs(const TelemetryRow& row) {
  line_.key("knobs");
  line_.open('[');
  for (std::size_t k = 0; k < source_.knobs.size(); ++k) {
    const Knob& knob = source_.plant.knobs[source_.knobs[k]];
    const LevelRange limits = source_.plant.limits[source_.knobs[k]];
    const auto level = [&](std::optional<Level> at) {
      return at ? std::optional(knob.levels[*at]) : std::nullopt;
    };
    const LevelRange* setting =
        row.setting && k < row.setting->size() ? &(*row.setting)[k] : nullptr;
    line_.open('{');
    line_.key("name");
    line_.raw(knob_names_[k]);
    line_.field("now", level(effective_level(knob, row.telemetry)));
    line_.field("lowest", knob.levels[limits.floor]);
    line_.field("highest", knob.levels[limits.ceiling]);
    line_.field("floor", level(setting ? std::optional(setting->floor) : std::nullopt));
    line_.field("ceiling", level(setting ? std::optional(setting->ceiling) : std::nullopt));
    line_.close('}');
  }
  line_.close(']');
}

void StatusSink::put_costs(const TelemetryRow& row) {
  const SpanCost& recent = since_told_;
  std::optional<double> watts;
  if (recent.energy_joules && recent.seconds > 0.0 && row.telemetry.total_watts) {
    watts = *recent.energy_joules / recent.seconds;
  }
  std::optional<double> latency;
  if (recent.served > 0.0) latency = recent.in_system_seconds / recent.served;
  std::optional<double> queue;
  if (row.telemetry.application) queue = row.telemetry.application->queue_length;
  line_.field("power_watts", watts);
  line_.field("latency_seconds", latency);
  line_.field("queue", queue);
  line_.field("served", whole_.served);
  line_.field("missed", whole_.missed);
}

// What the guard process does against heat.
void StatusSink::put_thermal() {
  line_.key("thermal");
  if (source_.shield == nullptr) return line_.raw("null");
  const ShieldState& shield = *source_.shield;
  const char* const state = !shield.is_on      ? "\"off\""
                            : shield.is_blind  ? "\"blind\""
                            : shield.steps > 0 ? "\"lowering\""
                                               : "\"well\"";
  line_.open('{');
  line_.key("state");
  line_.raw(state);
  if (shield.is_on && shield.zone.front() != '\0') {  // looked already
    if (zone_ != shield.zone.data()) {
      zone_ = shield.zone.data();
      zone_text_ = json_text(zone_);
    }
    line_.key("zone");
    line_.raw(zone_text_);
    line_.field("celsius", shield.celsius);
    line_.field("limit_celsius", shield.limit_celsius);
  }
  line_.close('}');
}

// A status that cannot be written is none; governing goes on. Only another mode and a canary
// allocate.
void StatusSink::tell(const TelemetryRow& row) {
  if (told_mode_ != source_.modes.mode()) {
    told_mode_ = source_.modes.mode();
    mode_ = json_text(source_.modes.text());
  }
  const auto put_text = [this](std::string_view name, std::string_view text) {
    line_.key(name);
    line_.raw(text);
  };
  const bool is_policy = row.decided_by != DecidedBy::kResident;
  const GovernorCounts counts = source_.counts ? source_.counts() : GovernorCounts{};
  line_.clear();
  line_.open('{');
  line_.field("schema", 1);
  line_.field("pid", getpid());
  line_.field("monotonic_seconds", steady_seconds());
  put_text("state", state());
  put_text("ended_by", ended_by_.empty() ? "null" : std::string_view(ended_by_));
  line_.field("paused_until_seconds", pause_until_);
  put_text("board", board_);
  put_text("governor", governor_);
  put_text("mode", mode_);
  line_.field("seconds", seconds_);
  put_text("decided_by", is_policy ? "\"governor\"" : "\"kernel\"");
  put_text("throttled", throttled_);
  put_knobs(row);
  put_costs(row);
  line_.field("left_to_kernel", counts.fallbacks);
  line_.field("guarded_share", counts.guarded_share);
  put_text("canary", counts.canary ? to_json(*counts.canary).dump() : "null");
  put_thermal();
  line_.field("can_reload", source_.can_reload);
  line_.field("reloads", reloads_);
  put_text("reload_refused", refusal_);
  line_.close('}');
  if (const auto text = line_.text()) static_cast<void>(file_.write(*text));
}

}  // namespace flyball
