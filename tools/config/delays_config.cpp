#include "tools/config/delays_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "env/logs/telemetry_log.h"

namespace flyball {

namespace {

// Absent where the key is.
std::optional<Delays> samples(const TomlTable& table, std::string_view key, double longest) {
  const auto values = table.optional<std::vector<double>>(key);
  if (!values) return std::nullopt;
  if (values->empty()) table.fail(key, "must hold at least one");
  for (std::size_t i = 0; i < values->size(); ++i) {
    if ((*values)[i] >= 0.0 && (*values)[i] <= longest) continue;
    table.fail(std::invalid_argument(
        fmt::format("{}[{}] = {:g}: must be between 0 and period_seconds = {:g}", key, i,
                    (*values)[i], longest)));
  }
  return Delays(*values);
}

// t_AS of the log's decisions; those longer than a period count as one.
Delays from_log(const TomlTable& table, std::string_view key, const std::string& name,
                double longest) {
  const std::string path = (table.file().parent_path() / name).string();
  std::vector<double> seconds;
  try {
    for (const TelemetryRow& row : read_telemetry_log(path).rows) {
      if (row.t_as_seconds) seconds.push_back(std::min(*row.t_as_seconds, longest));
    }
  } catch (const std::exception& error) {
    table.fail(key, error.what());
  }
  if (seconds.empty()) table.fail(key, path + ": holds no decision with its t_AS");
  return Delays(std::move(seconds));
}

}  // namespace

void read_delays(const TomlTable& table, ControlConfig& control) {
  const double longest = control.period_seconds;
  int given = 0;
  if (const auto seconds = table.optional<double>("think_seconds")) {
    if (!(*seconds >= 0.0 && *seconds <= longest)) {
      table.fail("think_seconds", "must be between 0 and period_seconds");
    }
    control.think_seconds = *seconds;
    ++given;
  }
  if (const auto delays = samples(table, "think_samples_seconds", longest)) {
    control.think_seconds = *delays;
    ++given;
  }
  if (const auto name = table.optional<std::string>("think_log")) {
    control.think_seconds = from_log(table, "think_log", *name, longest);
    ++given;
  }
  if (given > 1) {
    table.fail("think_seconds", "give one of this, think_samples_seconds and think_log");
  }
  if (const auto actuation = table.optional_table("actuation")) {
    control.actuation.cpu = samples(*actuation, "cpu", longest);
    control.actuation.gpu = samples(*actuation, "gpu", longest);
    control.actuation.emc = samples(*actuation, "emc", longest);
  }
}

}  // namespace flyball
