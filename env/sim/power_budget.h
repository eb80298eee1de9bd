// The power budget of an nvpmodel mode: the module's averaged power against its limit, and how many
// rungs the clocks are held down by it. Not thread-safe; time arrives as an argument.
//
// Orin's OC2 ("average power") compares the INA3221's own average with a limit and throttles CPU
// and GPU in hardware; T194 does the same with VDD_IN's current. Requests stay as they were: only
// the measured frequency shows it. Between two publish() calls power is constant, so the average is
// an exponential and the moment at which it crosses the limit is computed, not polled for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "env/sim/never.h"
#include "env/sim/sim_config.h"

namespace flyball {

class PowerBudget {
 public:
  // `rungs`: the most that the ladder has. Without a budget nothing ever happens.
  PowerBudget(const PowerBudgetConfig& config, std::optional<double> budget_watts,
              std::size_t rungs);

  // Brings the average to now with the power published last.
  void settle(double now_seconds);
  // From now on the module draws this. Requires: settled up to now.
  void publish(double watts);
  // When the ladder moves next; infinity if it will not. Requires: published.
  double next_seconds() const { return next_seconds_; }
  // Does what is due. Requires: next_seconds() has come, settled up to now.
  void run();

  std::size_t rung() const { return rung_; }
  double average_watts() const { return average_watts_; }

 private:
  enum class Move : std::uint8_t { kNone, kDeeper, kRelease };

  void plan();
  void plan(Move move, double limit_watts, double earliest_seconds);
  double crossing_seconds(double limit_watts) const;

  PowerBudgetConfig config_;
  std::optional<double> budget_watts_;
  std::size_t rungs_;
  std::size_t rung_ = 0;
  double now_seconds_ = 0.0;
  double watts_ = 0.0;
  double average_watts_ = 0.0;
  bool started_ = false;
  double earliest_deeper_seconds_ = 0.0;
  double earliest_release_seconds_ = 0.0;
  double next_seconds_ = kNever;
  Move next_move_ = Move::kNone;
};

}  // namespace flyball
