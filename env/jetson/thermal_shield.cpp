#include "env/jetson/thermal_shield.h"

#include <fmt/format.h>

#include <algorithm>

#include "env/jetson/board_files.h"
#include "env/jetson/directory_scan.h"
#include "env/jetson/kernel_units.h"

namespace flyball {

namespace {

// Trip points outside of these are none of a chip's.
constexpr double kLeastTripCelsius = 60.0;
constexpr double kMostTripCelsius = 130.0;
constexpr int kUnreadLooks = 3;
constexpr int kMostTrips = 12;
constexpr int kSteps = 8;  // from the top of a table to its bottom

std::optional<double> lowest_trip(const std::string& zone) {
  std::optional<double> lowest;
  for (int trip = 0; trip < kMostTrips; ++trip) {
    const std::string path = fmt::format("{}/trip_point_{}", zone, trip);
    std::string kind;
    std::string text;
    try {
      kind = read_text_if_any(path + "_type");
      text = read_text_if_any(path + "_temp");
    } catch (const std::system_error&) {  // a zone that is off
      continue;
    }
    if (kind != "passive" && kind != "hot" && kind != "critical") continue;
    long long millidegrees = 0;
    if (!parse_number(text, millidegrees)) continue;
    const double celsius = static_cast<double>(millidegrees) * 1e-3;
    if (celsius < kLeastTripCelsius || celsius > kMostTripCelsius) continue;
    lowest = std::min(lowest.value_or(celsius), celsius);
  }
  return lowest;
}

int step_of(LevelRange limits) { return std::max(1, (limits.ceiling - limits.floor) / kSteps); }

}  // namespace

ThermalShield::ThermalShield(const std::string& root, const ShieldConfig& config)
    : config_(config) {
  if (config.is_on) find_zones(root);
  state_.is_on = is_on();
}

void ThermalShield::find_zones(const std::string& root) {
  std::vector<std::string> unreadable;  // told by who reads the zones
  for (const std::string& zone : list_directory(root + "/sys/class/thermal", "thermal_zone")) {
    std::string name = zone_name(read_label(zone + "/type", unreadable));
    if (name.empty() || name.starts_with("pmic")) continue;
    std::optional<double> limit = config_.limit_celsius;
    if (!limit) {
      limit = lowest_trip(zone);
      if (limit) *limit -= config_.margin_kelvin;
    }
    if (limit) zones_.push_back({std::move(name), SysfsFile(zone + "/temp"), *limit});
  }
}

bool ThermalShield::look(double now_seconds) noexcept {
  if (!is_on()) return false;
  if (looked_seconds_ && now_seconds - *looked_seconds_ < config_.look_seconds) return false;
  looked_seconds_ = now_seconds;
  std::optional<double> worst;  // above its limit
  for (Zone& zone : zones_) {
    long long millidegrees = 0;
    if (zone.file.read(millidegrees) || millidegrees <= kOffMillidegrees) continue;
    const double celsius = static_cast<double>(millidegrees) * 1e-3;
    const double above = celsius - zone.limit_celsius;
    if (worst && above <= *worst) continue;
    worst = above;
    state_.celsius = celsius;
    state_.limit_celsius = zone.limit_celsius;
    const std::size_t size = std::min(zone.name.size(), state_.zone.size() - 1);
    std::copy_n(zone.name.begin(), size, state_.zone.begin());
    state_.zone[size] = '\0';
  }
  unread_ = worst ? 0 : std::min(unread_ + 1, kUnreadLooks);
  const bool was_blind = state_.is_blind;
  state_.is_blind = unread_ >= kUnreadLooks;
  const std::uint32_t former = state_.steps;
  if (worst && *worst >= 0.0) {
    state_.steps = std::min(former + 1, kMostSteps);
  } else if (worst && *worst < -config_.hysteresis_kelvin && former > 0 &&
             now_seconds - changed_seconds_ >= config_.rise_seconds) {
    state_.steps = former - 1;
  }
  if (state_.steps != former) changed_seconds_ = now_seconds;
  return state_.steps != former || state_.is_blind != was_blind;
}

Level ThermalShield::below(Level ceiling, LevelRange limits) noexcept {
  const int lower = static_cast<int>(ceiling) - step_of(limits);
  return static_cast<Level>(std::max(lower, static_cast<int>(limits.floor)));
}

Level ThermalShield::above(Level ceiling, LevelRange limits) noexcept {
  const int higher = static_cast<int>(ceiling) + step_of(limits);
  return static_cast<Level>(std::min(higher, static_cast<int>(limits.ceiling)));
}

std::string ThermalShield::text() const {
  if (!is_on()) return {};
  const auto [lowest, highest] = std::ranges::minmax_element(zones_, {}, &Zone::limit_celsius);
  const Zone& low = *lowest;
  const Zone& high = *highest;
  if (low.limit_celsius == high.limit_celsius) {
    return fmt::format("under {:g} degrees C ({} zones)", low.limit_celsius, zones_.size());
  }
  return fmt::format("under {:g} degrees C ({}) to {:g} ({})", low.limit_celsius, low.name,
                     high.limit_celsius, high.name);
}

}  // namespace flyball
