#include "env/fitting/clock_groups.h"

#include <algorithm>
#include <map>
#include <optional>

#include "env/span_cost.h"

namespace flyball {

namespace {

// Of rows under settings that pin the knob, by the level.
std::map<Level, std::vector<std::size_t>> pinned_rows(std::span<const TelemetryRow> rows,
                                                      std::size_t knob) {
  std::map<Level, std::vector<std::size_t>> pinned;
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    if (!rows[i].setting) continue;
    const LevelRange& range = (*rows[i].setting)[knob];
    if (range.floor == range.ceiling) pinned[range.floor].push_back(i);
  }
  return pinned;
}

}  // namespace

std::vector<ClockGroups> clock_groups(const TelemetryLogHeader& header,
                                      std::span<const TelemetryRow> rows) {
  std::vector<ClockGroups> all;
  for (std::size_t k = 0; k < header.leased_knobs.size(); ++k) {
    const Knob& knob = header.plant.knobs[find_knob(header.plant.knobs, header.leased_knobs[k])];
    if (knob.is_application()) continue;
    const auto pinned = pinned_rows(rows, k);
    if (pinned.size() < 2) continue;
    std::size_t count = 0;
    for (const auto& [level, of_level] : pinned) count += of_level.size();
    ClockGroups groups{knob.name, std::vector<std::vector<std::size_t>>(kClockGroups)};
    std::size_t before = 0;
    for (const auto& [level, of_level] : pinned) {
      const std::size_t middle = before + of_level.size() / 2;
      auto& group = groups.rows[std::min(kClockGroups - 1, middle * kClockGroups / count)];
      group.insert(group.end(), of_level.begin(), of_level.end());
      before += of_level.size();
    }
    all.push_back(std::move(groups));
  }
  return all;
}

GroupFigures& GroupFigures::operator+=(const GroupFigures& other) {
  seconds += other.seconds;
  joules += other.joules;
  in_system_seconds += other.in_system_seconds;
  gpu_busy_seconds += other.gpu_busy_seconds;
  return *this;
}

GroupFigures figures_of(std::span<const LogSample> samples, std::span<const std::size_t> rows) {
  GroupFigures figures;
  for (const std::size_t row : rows) {
    const LogSample& from = samples[row];
    const LogSample& to = samples[row + 1];
    const double seconds = to.time_seconds - from.time_seconds;
    figures.seconds += seconds;
    if (from.watts && to.watts) figures.joules += energy_between(*from.watts, *to.watts, seconds);
    figures.in_system_seconds += to.in_system_seconds - from.in_system_seconds;
    if (from.gpu_busy_seconds && to.gpu_busy_seconds) {
      figures.gpu_busy_seconds += *to.gpu_busy_seconds - *from.gpu_busy_seconds;
    }
  }
  return figures;
}

}  // namespace flyball
