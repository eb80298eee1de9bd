#include "env/sim/simulated_log_config.h"

#include <fmt/format.h>

#include <stdexcept>

namespace flyball {

void validate(const SimulatedLogConfig& config) {
  const auto require = [](bool holds, const char* key, double value, const char* range) {
    if (!holds) throw std::invalid_argument(fmt::format("{} = {}: must be {}", key, value, range));
  };
  require(!config.duration_seconds || *config.duration_seconds > 0.0, "duration_seconds",
          config.duration_seconds.value_or(0.0), "> 0");
  require(config.explore >= 0.0 && config.explore <= 1.0, "explore", config.explore, "in [0, 1]");
  require(config.hold_periods > 0, "hold_periods", config.hold_periods, "> 0");
  require(config.latency_factor >= 1.0, "latency_factor", config.latency_factor, ">= 1");
  require(config.segment_seconds > 0.0, "segment_seconds", config.segment_seconds, "> 0");
  if (const auto& factors = config.deadline_factors) {
    require(factors->first > 0.0 && factors->first <= factors->second, "deadline_factors",
            factors->first, "> 0 and ascending");
  }
  if ((!config.modes.empty() || config.deadline_factors) && !config.duration_seconds) {
    throw std::invalid_argument("duration_seconds: a log whose modes or deadlines vary needs one");
  }
}

}  // namespace flyball
