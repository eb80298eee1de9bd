// Which action a span of the log took: the levels that its knobs were held at. Not thread-safe.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "env/governor.h"
#include "env/logs/telemetry_row.h"

namespace flyball {

class HeldAction {
 public:
  // `held_share`: a level that residents chose counts as an action if held for this share of the
  // time. The scope's plant is the log's; its knobs are those of the actions. `caps`: names of
  // those whose action is the ceiling in force, not the level below it.
  HeldAction(const TelemetryLogHeader& header, const GovernorScope& scope, double held_share,
             std::span<const std::string> caps = {});

  // What the mode allows from now on, one range per knob.
  void set_limits(std::span<const LevelRange> limits) {
    limits_.assign(limits.begin(), limits.end());
  }
  // What is in force in a row; the limits' ceiling where the row does not tell.
  std::vector<Level> in_row(const TelemetryRow& row) const;
  // The levels that were in force for most of the rows; absent when they changed too much.
  std::optional<std::vector<Level>> of(std::span<const TelemetryRow> rows) const;

 private:
  std::optional<Level> level(const TelemetryRow& row, std::size_t knob) const;
  std::optional<Level> held_level(std::span<const TelemetryRow> rows, std::size_t knob) const;

  std::vector<Knob> knobs_;
  std::vector<LevelRange> limits_;
  std::vector<std::optional<std::size_t>> leased_;  // per knob: its place in the rows' setting
  std::vector<bool> is_capped_;                     // per knob
  double held_share_;
};

}  // namespace flyball
