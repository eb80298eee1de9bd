// What a telemetry log shows, row by row: time, modes, who decided, the knobs' levels, power,
// temperatures and requests. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "env/logs/telemetry_row.h"

namespace flyball {

class LogSummary {
 public:
  explicit LogSummary(TelemetryLogHeader header);

  void add(const TelemetryRow& row);
  // How the file ends: "complete", or what is missing.
  void set_end(std::string end) { end_ = std::move(end); }

  std::string to_text(const std::string& path) const;
  nlohmann::ordered_json to_json(const std::string& path) const;

 private:
  // Readings of one rail or zone, each for as long as its row.
  struct Readings {
    std::size_t count = 0;
    double seconds = 0.0;
    double sum = 0.0;  // of value times seconds
    double least = std::numeric_limits<double>::infinity();
    double most = -std::numeric_limits<double>::infinity();

    void add(double value, double for_seconds);
    double mean() const { return sum / seconds; }
  };
  // How often one of DecidedBy chose, and for how long that held.
  struct Share {
    std::size_t decisions = 0;
    double seconds = 0.0;
  };

  void add_levels(const TelemetryRow& row);
  void add_readings(const TelemetryRow& row);
  std::string knobs_text() const;
  std::string power_text() const;
  std::string requests_text() const;
  std::size_t decisions() const;

  TelemetryLogHeader header_;
  std::size_t rows_ = 0;
  double seconds_ = 0.0;                   // covered by rows
  std::map<std::uint16_t, double> modes_;  // seconds under each
  std::array<Share, 3> shares_;            // by DecidedBy
  std::set<std::vector<Level>> settings_;  // that were in force: floors and ceilings
  std::vector<std::set<double>> levels_;   // per knob: seen in effect
  std::vector<Readings> rails_;
  std::vector<Readings> zones_;
  Readings module_;
  std::set<double> deadlines_;
  double powered_seconds_ = 0.0;
  double joules_ = 0.0;
  SpanCost cost_;
  std::size_t cuts_ = 0;                // rows after which something is missing
  std::optional<TelemetryRow> before_;  // the row that was added last
  std::string end_;
};

}  // namespace flyball
