#include "tools/config/delays_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "env/logs/telemetry_log.h"
#include "tools/console.h"

namespace flyball {

namespace {

using Samples = std::vector<double>;

[[noreturn]] void fail(const std::string& key, const std::string& message) {
  throw std::invalid_argument(fmt::format("control.{}: {}", key, message));
}

Delays delays_of(const char* key, const Samples& seconds, double longest) {
  if (seconds.empty()) fail(key, "must hold at least one");
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    if (seconds[i] <= longest) continue;
    throw std::invalid_argument(
        fmt::format("control.{}[{}] = {:g}: must be between 0 and period_seconds = {:g}", key, i,
                    seconds[i], longest));
  }
  return Delays(seconds);
}

std::optional<Delays> delays_of(const char* key, const std::optional<Samples>& seconds,
                                double longest) {
  if (!seconds) return std::nullopt;
  return delays_of(key, *seconds, longest);
}

// t_AS of the log's decisions; those longer than a period count as one.
Delays delays_from(const std::filesystem::path& log, double longest) {
  Samples seconds;
  try {
    const TelemetryLog read = read_telemetry_log(
        log.string(), [](const std::string& line) { remark("flyball: warning: {}\n", line); });
    for (const TelemetryRow& row : read.rows) {
      if (row.t_as_seconds) seconds.push_back(std::min(*row.t_as_seconds, longest));
    }
  } catch (const std::exception& error) {
    fail("think_log", error.what());
  }
  if (seconds.empty()) fail("think_log", log.string() + ": holds no decision with its t_AS");
  return Delays(std::move(seconds));
}

}  // namespace

void set_delays(const ControlToml& toml, ControlConfig& control) {
  const double longest = toml.period_seconds;
  const int given = int{toml.think_seconds.has_value()} +
                    int{toml.think_samples_seconds.has_value()} + int{toml.think_log.has_value()};
  if (given > 1) fail("think_seconds", "give one of this, think_samples_seconds and think_log");
  if (toml.think_seconds) {
    if (*toml.think_seconds > longest) {
      fail("think_seconds", "must be between 0 and period_seconds");
    }
    control.think_seconds = *toml.think_seconds;
  }
  if (toml.think_samples_seconds) {
    control.think_seconds =
        delays_of("think_samples_seconds", *toml.think_samples_seconds, longest);
  }
  if (toml.think_log) control.think_seconds = delays_from(*toml.think_log, longest);
  control.think_seconds.stay = toml.think_stay_decisions;
  control.actuation.cpu = delays_of("actuation.cpu", toml.actuation.cpu, longest);
  control.actuation.gpu = delays_of("actuation.gpu", toml.actuation.gpu, longest);
  control.actuation.emc = delays_of("actuation.emc", toml.actuation.emc, longest);
  control.actuation.low_cpu = delays_of("actuation.low_cpu", toml.actuation.low_cpu, longest);
  control.actuation.low_gpu = delays_of("actuation.low_gpu", toml.actuation.low_gpu, longest);
  control.actuation.low_emc = delays_of("actuation.low_emc", toml.actuation.low_emc, longest);
}

}  // namespace flyball
