#include "tools/daemon/session_sink.h"

#include <algorithm>
#include <utility>

namespace flyball {

namespace {

LevelRange limits_of(const Knob& knob, const PowerMode& mode, const PlantDescription& plant) {
  const auto highest = static_cast<Level>(knob.levels.size() - 1);
  if (knob.is_application()) return {0, highest};
  const LevelRange range = domain_limits(plant.domains[knob.domains.front()], mode, std::nullopt);
  return {std::min(range.floor, highest), std::min(range.ceiling, highest)};
}

}  // namespace

std::vector<ModeLimits> mode_limits(const std::vector<PowerMode>& modes,
                                    const PlantDescription& plant) {
  std::vector<ModeLimits> all;
  for (const PowerMode& mode : modes) {
    ModeLimits limits{static_cast<std::uint16_t>(mode.id), {}};
    if (std::ranges::find(all, limits.id, &ModeLimits::id) != all.end()) continue;
    for (const Knob& knob : plant.knobs) limits.limits.push_back(limits_of(knob, mode, plant));
    all.push_back(std::move(limits));
  }
  return all;
}

SessionSink::SessionSink(TelemetrySink& log, const ModeWatch& modes,
                         const std::vector<ModeLimits>& named)
    : log_(log), modes_(modes), mode_(modes.mode()) {
  for (const ModeLimits& mode : named) ids_.push_back(mode.id);
}

std::optional<std::uint16_t> SessionSink::named(std::optional<int> mode) const {
  const auto found = std::ranges::find_if(ids_, [&](std::uint16_t id) { return mode == id; });
  return found == ids_.end() ? std::nullopt : std::optional(*found);
}

void SessionSink::write(const TelemetryRow& row) {
  const std::optional<int> began_in = std::exchange(mode_, modes_.mode());
  if (ids_.empty() && began_in == mode_) {
    log_.write(row);
    return;
  }
  marked_ = row;
  marked_.mode = named(began_in);
  marked_.truncated |= began_in != mode_ && !row.terminated;
  log_.write(marked_);
}

}  // namespace flyball
