#include "tools/config/open_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <variant>

namespace flyball {

namespace {

constexpr double kPeriodsPerDeadline = 2.0;  // at least
constexpr double kRounded = 1.1;             // a stamp more or less is no reason for another period

std::string quoted(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + "\"";
  return text;
}

// As TOML writes a text.
std::string literal(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

double period_within(double deadline_seconds, double sample_seconds,
                     std::optional<double> decision_seconds) {
  const double longest = deadline_seconds / kPeriodsPerDeadline;
  const bool fits = decision_seconds && *decision_seconds <= kRounded * longest;
  const double period = fits ? *decision_seconds : longest;
  const double samples = std::max(1.0, std::round(period / sample_seconds));
  return std::round(samples * sample_seconds * 1e6) / 1e6;
}

OpenKeys open_keys(const Scenario& scenario, const std::string& name) {
  const ControlConfig& control = scenario.control;
  OpenKeys keys{control.knobs, control.caps, control.period_seconds,
                scenario.arrivals.deadline_seconds, name};
  if (keys.deadline_seconds) {
    keys.period_seconds =
        period_within(*keys.deadline_seconds, control.sample_seconds, control.period_seconds);
  }
  return keys;
}

const char* recipe_for(const Scenario& scenario) {
  const bool is_closed = std::holds_alternative<ClosedLoop>(scenario.arrivals.source);
  return is_closed && !scenario.arrivals.deadline_seconds ? "saturated" : "deadlines";
}

std::vector<std::string> missing_in(const TomlTable& recipe, const OpenKeys& keys) {
  std::vector<std::string> missing;
  if (!recipe.contains("knobs") && !keys.knobs.empty()) {
    missing.push_back(fmt::format("knobs=[{}]", quoted(keys.knobs)));
    if (!recipe.contains("caps") && !keys.caps.empty()) {
      missing.push_back(fmt::format("caps=[{}]", quoted(keys.caps)));
    }
  }
  if (!recipe.contains("period_seconds") && keys.period_seconds > 0.0) {
    missing.push_back(fmt::format("period_seconds={}", keys.period_seconds));
  }
  const TomlTable observation = recipe.table_or_empty("observation");
  if (observation.optional<bool>("with_slack").value_or(false) &&
      !observation.contains("slack_scale_seconds") && keys.deadline_seconds) {
    missing.push_back(fmt::format("observation.slack_scale_seconds={}", *keys.deadline_seconds));
  }
  if (!keys.scenario) return missing;
  const std::vector<TomlTable> simulations = recipe.tables("simulate");
  for (std::size_t i = 0; i < simulations.size(); ++i) {
    if (simulations[i].contains("scenario")) continue;
    missing.push_back(fmt::format("simulate[{}].scenario={}", i, literal(*keys.scenario)));
  }
  const auto validation = recipe.optional_table("validation");
  if (validation && !validation->contains("scenario")) {
    missing.push_back(fmt::format("validation.scenario={}", literal(*keys.scenario)));
  }
  return missing;
}

}  // namespace flyball
