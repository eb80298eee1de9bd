#include "env/sim/simulated_log_config.h"

#include <fmt/format.h>

#include <stdexcept>

#include "env/config/check_fields.h"

namespace flyball {

void validate(const SimulatedLogConfig& config) {
  check_fields(config);
  if ((!config.modes.empty() || config.deadline_factors) && !config.duration_seconds) {
    throw std::invalid_argument("duration_seconds: a log whose modes or deadlines vary needs one");
  }
}

}  // namespace flyball
