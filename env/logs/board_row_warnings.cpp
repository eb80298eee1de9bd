#include "env/logs/board_row_warnings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>

#include "env/module_power.h"

namespace flyball {

namespace {

// Which rails of the sum are missing, and how often: ": VIN_SYS_5V0 is missing in 3".
std::string missing_rails(const Board& board, const std::vector<TelemetryRow>& rows) {
  std::vector<std::string> missing;
  for (const std::size_t rail : board.module_rails) {
    const auto count = std::count_if(rows.begin(), rows.end(), [&](const TelemetryRow& row) {
      return !row.telemetry.rail_watts || !(*row.telemetry.rail_watts)[rail];
    });
    if (count > 0) missing.push_back(fmt::format("{} is missing in {}", board.rails[rail], count));
  }
  const auto impossible = std::count_if(rows.begin(), rows.end(), [&](const TelemetryRow& row) {
    return !row.telemetry.total_watts && row.telemetry.rail_watts &&
           std::all_of(board.module_rails.begin(), board.module_rails.end(), [&](std::size_t rail) {
             return (*row.telemetry.rail_watts)[rail].has_value();
           });
  });
  if (impossible > 0) {
    missing.push_back(fmt::format("the reading is 0 W or less, or above {:g} W, in {}",
                                  kMostModuleWatts, impossible));
  }
  return missing.empty() ? "" : ": " + fmt::format("{}", fmt::join(missing, ", "));
}

// Rails that show more than the module of which they are parts: labels in another order, most
// likely. Readings are not of one moment, so a little more is nothing.
std::optional<std::string> parts_above_whole(const Board& board,
                                             const std::vector<TelemetryRow>& rows) {
  constexpr double kTolerance = 1.2;
  constexpr double kWatts = 0.5;
  constexpr double kOddShare = 0.02;
  std::vector<std::size_t> counts(board.rails.size());
  std::size_t odd = 0;
  for (const TelemetryRow& row : rows) {
    const Telemetry& t = row.telemetry;
    if (!t.total_watts) continue;
    const double most = *t.total_watts * kTolerance + kWatts;
    double parts = 0.0;
    bool is_odd = false;
    for (std::size_t r = 0; r < board.rails.size(); ++r) {
      const auto& whole = board.module_rails;
      if (std::find(whole.begin(), whole.end(), r) != whole.end()) continue;
      const double watts = (*t.rail_watts)[r].value_or(0.0);
      parts += watts;
      counts[r] += watts > most ? 1 : 0;
      is_odd = is_odd || watts > most;
    }
    odd += is_odd || parts > most ? 1 : 0;
  }
  if (static_cast<double>(odd) <= kOddShare * static_cast<double>(rows.size())) return std::nullopt;
  std::vector<std::string> rails;
  for (std::size_t r = 0; r < counts.size(); ++r) {
    if (counts[r] > 0) rails.push_back(fmt::format("{} in {}", board.rails[r], counts[r]));
  }
  return fmt::format(
      "{} of {} rows show parts above the whole module{}{}: are the rails' labels swapped?", odd,
      rows.size(), rails.empty() ? "" : ", ", fmt::join(rails, ", "));
}

// Which clocks are missing, and how often: "gpu in 5, emc in 5"; empty: none.
std::string missing_clocks(const PlantDescription& plant, const std::vector<TelemetryRow>& rows) {
  std::vector<std::string> missing;
  for (std::size_t d = 0; d < plant.domains.size(); ++d) {
    const auto count = std::count_if(rows.begin(), rows.end(), [d](const TelemetryRow& row) {
      return !row.telemetry.domains || !(*row.telemetry.domains)[d].effective_hz;
    });
    if (count > 0) missing.push_back(fmt::format("{} in {}", plant.domains[d].name, count));
  }
  return fmt::format("{}", fmt::join(missing, ", "));
}

}  // namespace

std::optional<std::string> foreign_rails_warning(const Board& board, const TegrastatsLog& log) {
  constexpr std::size_t kMostNames = 8;
  std::vector<std::string> foreign;
  for (const TegrastatsSample& sample : log.samples) {
    TegrastatsLine unknown;
    unknown.rails = sample.values.rails;
    for (const std::string& rail : board.rails) {
      const TegrastatsRail* known = unknown.find_rail(rail);
      if (known) unknown.rails.erase(unknown.rails.begin() + (known - unknown.rails.data()));
    }
    for (const TegrastatsRail& rail : unknown.rails) {
      const bool is_named = std::find(foreign.begin(), foreign.end(), rail.name) != foreign.end();
      if (!is_named && foreign.size() < kMostNames) foreign.push_back(rail.name);
    }
  }
  if (foreign.empty()) return std::nullopt;
  return fmt::format("rails that {} does not have are not used: {} (it has {})", board.id,
                     fmt::join(foreign, ", "), fmt::join(board.rails, ", "));
}

std::vector<std::string> board_row_warnings(const Board& board, const PlantDescription& plant,
                                            const std::vector<TelemetryRow>& rows) {
  std::vector<std::string> warnings;
  const auto without_power = std::count_if(
      rows.begin(), rows.end(), [](const TelemetryRow& row) { return !row.telemetry.total_watts; });
  if (without_power > 0) {
    warnings.push_back(fmt::format("{} of {} rows have no power of the module{}", without_power,
                                   rows.size(), missing_rails(board, rows)));
  }
  if (const auto parts = parts_above_whole(board, rows)) warnings.push_back(*parts);
  if (const std::string clocks = missing_clocks(plant, rows); !clocks.empty()) {
    warnings.push_back(fmt::format("some of {} rows show no frequency of {}", rows.size(), clocks));
  }
  return warnings;
}

}  // namespace flyball
