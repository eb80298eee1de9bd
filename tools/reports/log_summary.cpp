#include "tools/reports/log_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "env/excerpt.h"
#include "env/logs/row_gap.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

constexpr std::array<const char*, 3> kWho = {"residents", "policy", "random"};

bool is_leased(const TelemetryLogHeader& header, const std::string& knob) {
  const auto& leased = header.leased_knobs;
  return std::find(leased.begin(), leased.end(), knob) != leased.end();
}

// "614.4 MHz", "16"
std::string level_text(const Knob& knob, double level) {
  return knob.is_application() ? fmt::format("{:g}", level) : fmt::format("{:g} MHz", level / 1e6);
}

double percent(double part, double whole) { return whole > 0.0 ? 100.0 * part / whole : 0.0; }

}  // namespace

// A row without a length counts for next to nothing.
void LogSummary::Readings::add(double value, double for_seconds) {
  constexpr double kLeastSeconds = 1e-9;
  ++count;
  seconds += std::max(for_seconds, kLeastSeconds);
  sum += value * std::max(for_seconds, kLeastSeconds);
  least = std::min(least, value);
  most = std::max(most, value);
}

LogSummary::LogSummary(TelemetryLogHeader header) : header_(std::move(header)) {
  levels_.resize(header_.plant.knobs.size());
  rails_.resize(header_.plant.rails.size());
  zones_.resize(header_.plant.zones.size());
  cost_.energy_joules.reset();  // counted apart: a sum with an absent energy in it has none
}

void LogSummary::add(const TelemetryRow& row) {
  ++rows_;
  seconds_ += row.period_seconds;
  if (row.mode) modes_[*row.mode] += row.period_seconds;
  Share& share = shares_[static_cast<std::size_t>(row.decided_by)];
  share.seconds += row.period_seconds;
  share.decisions += row.decided ? 1 : 0;
  const bool was_cut = before_ && (before_->truncated || before_->terminated);
  const bool is_after_gap = before_ && !was_cut && is_gap(*before_, row);
  cuts_ += (row.truncated ? 1 : 0) + (is_after_gap ? 1 : 0);
  before_ = row;
  const SpanCost cost = row.cost();
  cost_ += cost;
  if (cost.energy_joules) {
    joules_ += *cost.energy_joules;
    powered_seconds_ += cost.seconds;
  }
  add_levels(row);
  add_readings(row);
}

void LogSummary::add_levels(const TelemetryRow& row) {
  if (row.setting) {
    std::vector<Level> setting;
    for (std::size_t k = 0; k < row.setting->size(); ++k) {
      setting.push_back((*row.setting)[k].floor);
      setting.push_back((*row.setting)[k].ceiling);
    }
    settings_.insert(std::move(setting));
  }
  for (std::size_t k = 0; k < levels_.size(); ++k) {
    const Knob& knob = header_.plant.knobs[k];
    std::optional<double> level;
    if (!knob.is_application() && row.telemetry.domains) {
      level = (*row.telemetry.domains)[knob.domains.front()].effective_hz;
    } else if (knob.is_application() && row.telemetry.application) {
      level = application_value(knob, *row.telemetry.application);
    }
    if (level) levels_[k].insert(*level);
  }
}

void LogSummary::add_readings(const TelemetryRow& row) {
  const Telemetry& telemetry = row.telemetry;
  if (telemetry.total_watts) module_.add(*telemetry.total_watts, row.period_seconds);
  for (std::size_t r = 0; telemetry.rail_watts && r < rails_.size(); ++r) {
    if (const auto& watts = (*telemetry.rail_watts)[r]) rails_[r].add(*watts, row.period_seconds);
  }
  for (std::size_t z = 0; telemetry.temperatures_celsius && z < zones_.size(); ++z) {
    if (const auto& celsius = (*telemetry.temperatures_celsius)[z])
      zones_[z].add(*celsius, row.period_seconds);
  }
  if (telemetry.application && telemetry.application->deadline_seconds) {
    deadlines_.insert(*telemetry.application->deadline_seconds);
  }
}

std::size_t LogSummary::decisions() const {
  std::size_t count = 0;
  for (const Share& share : shares_) count += share.decisions;
  return count;
}

std::string LogSummary::knobs_text() const {
  std::string text;
  for (std::size_t k = 0; k < levels_.size(); ++k) {
    const Knob& knob = header_.plant.knobs[k];
    const std::set<double>& seen = levels_[k];
    text += fmt::format("  {:<10} {}: ", knob.name,
                        is_leased(header_, knob.name) ? "turned" : "not turned");
    text += seen.empty()
                ? "its levels are not shown\n"
                : fmt::format("{} of {} levels seen, {} .. {}\n", seen.size(), knob.levels.size(),
                              level_text(knob, *seen.begin()), level_text(knob, *seen.rbegin()));
  }
  return text;
}

std::string LogSummary::power_text() const {
  std::string text = "power      ";
  if (module_.count == 0) {
    text += "the module's is not known: nothing can be learned from this log\n";
  } else {
    text += fmt::format("{:.3g} W the module, {:.3g} .. {:.3g} W", module_.mean(), module_.least,
                        module_.most);
    if (powered_seconds_ > 0.0) {
      text += fmt::format("; {:.4g} J in {:.1f} s with readings", joules_, powered_seconds_);
    }
    text += "\n";
  }
  for (std::size_t r = 0; r < rails_.size(); ++r) {
    const std::string& name = header_.plant.rails[r];
    text += rails_[r].count == 0
                ? fmt::format("  {:<18} never read\n", name)
                : fmt::format("  {:<18} {:.3g} W on average\n", name, rails_[r].mean());
  }
  std::vector<std::string> zones;
  for (std::size_t z = 0; z < zones_.size(); ++z) {
    if (zones_[z].count == 0) continue;
    zones.push_back(fmt::format("{} {:.0f} .. {:.0f} C", header_.plant.zones[z], zones_[z].least,
                                zones_[z].most));
  }
  return text + fmt::format("temperature {}\n", zones.empty()
                                                    ? "never read"
                                                    : fmt::format("{}", fmt::join(zones, ", ")));
}

std::string LogSummary::requests_text() const {
  if (!header_.plant.has_application) {
    return "requests   none: the application's figures are missing (flyball import --requests "
           "adds a request log)\n";
  }
  std::string text = fmt::format("requests   {:.0f} served", cost_.served);
  if (cost_.served > 0.0) {
    text +=
        fmt::format(", {:.4g} s each in the system, {:.2f} % missed their deadline",
                    cost_.in_system_seconds / cost_.served, percent(cost_.missed, cost_.served));
  }
  if (!deadlines_.empty()) {
    text += fmt::format("; deadlines {:g} .. {:g} s", *deadlines_.begin(), *deadlines_.rbegin());
  }
  return text + "\n";
}

std::string LogSummary::to_text(const std::string& path) const {
  std::string text =
      fmt::format("{}: a telemetry log, {} rows over {:.1f} s\n", path, rows_, seconds_);
  text += fmt::format("board      {}, governed by {}\n", header_.plant.board,
                      excerpt(header_.governor, kLineBytes));
  text += fmt::format("scenario   {} (flyball {})\n", excerpt(header_.scenario, kLineBytes),
                      excerpt(header_.version));
  text += "modes     ";
  for (const auto& [mode, seconds] : modes_) {
    text += fmt::format(" {} for {:.1f} % of the time", mode, percent(seconds, seconds_));
  }
  text += modes_.empty() ? " not said: the board's limits held\n" : "\n";
  text += "knobs\n" + knobs_text();
  text += fmt::format("decisions  {}", decisions());
  for (std::size_t who = 0; who < kWho.size(); ++who) {
    const Share& share = shares_[who];
    text += fmt::format(", {} {} ({:.1f} % of the time)", kWho[who], share.decisions,
                        percent(share.seconds, seconds_));
  }
  text += fmt::format("\nsettings   {} different ones were in force\n", settings_.size());
  text += power_text() + requests_text();
  if (cuts_ > 0)
    text += fmt::format("cut        {} times: gaps, changes of mode, the log's own end\n", cuts_);
  return text + fmt::format("end        {}\n", end_);
}

ordered_json LogSummary::to_json(const std::string& path) const {
  ordered_json json = {{"telemetry_log", path},        {"board", header_.plant.board},
                       {"governor", header_.governor}, {"scenario", header_.scenario},
                       {"version", header_.version},   {"rows", rows_},
                       {"seconds", seconds_}};
  json["modes"] = ordered_json::array();
  for (const auto& [mode, seconds] : modes_) {
    json["modes"].push_back({{"id", mode}, {"seconds", seconds}});
  }
  json["knobs"] = ordered_json::array();
  for (std::size_t k = 0; k < levels_.size(); ++k) {
    const Knob& knob = header_.plant.knobs[k];
    json["knobs"].push_back({{"name", knob.name},
                             {"leased", is_leased(header_, knob.name)},
                             {"levels", knob.levels.size()},
                             {"levels_seen", levels_[k]}});
  }
  json["decisions"] = decisions();
  for (std::size_t who = 0; who < kWho.size(); ++who) {
    json["decided_by"][kWho[who]] = {{"decisions", shares_[who].decisions},
                                     {"seconds", shares_[who].seconds}};
  }
  json["settings_seen"] = settings_.size();
  json["mean_power_watts"] = module_.count > 0 ? ordered_json(module_.mean()) : ordered_json();
  json["energy_joules"] = powered_seconds_ > 0.0 ? ordered_json(joules_) : ordered_json();
  json["powered_seconds"] = powered_seconds_;
  json["rails"] = ordered_json::array();
  for (std::size_t r = 0; r < rails_.size(); ++r) {
    json["rails"].push_back(
        {{"name", header_.plant.rails[r]},
         {"mean_watts", rails_[r].count > 0 ? ordered_json(rails_[r].mean()) : ordered_json()}});
  }
  json["has_requests"] = header_.plant.has_application;
  json["served"] = cost_.served;
  json["missed"] = cost_.missed;
  json["in_system_seconds"] = cost_.in_system_seconds;
  json["deadlines_seconds"] = ordered_json::array();
  if (!deadlines_.empty()) json["deadlines_seconds"] = {*deadlines_.begin(), *deadlines_.rbegin()};
  json["cuts"] = cuts_;
  json["end"] = end_;
  return json;
}

}  // namespace flyball
