// One domain of the simulated board: limits from several sides, what is requested and what is
// effective. Not thread-safe; time arrives as an argument.
#pragma once

#include <optional>
#include <utility>

#include "env/delays.h"
#include "env/knob.h"
#include "env/sim/never.h"

namespace flyball {

class ClockedDomain {
 public:
  // Starts at `initial`, clamped to the mode's limits. Each request takes as long as the domain's
  // actuation does. The domain must outlive this.
  ClockedDomain(const Domain& domain, LevelRange mode, Level initial);
  // Each request takes as long as the next draw says.
  ClockedDomain(const Domain& domain, LevelRange mode, Level initial, DelayDraws actuation);
  // Requests made while the clock is in the lower half of its table take as long as these draws.
  void slow_at_low_clocks(DelayDraws actuation) { low_actuation_ = std::move(actuation); }

  const Domain& domain() const { return *domain_; }
  Level requested() const { return requested_; }
  Level effective() const { return effective_; }
  double requested_hz() const { return domain_->frequencies_hz[requested_]; }
  double effective_hz() const { return domain_->frequencies_hz[effective_]; }
  // All limits taken together; where they contradict each other the ceiling wins.
  LevelRange limits() const { return limits_; }
  // When the next level takes effect; kNever if it has.
  double effect_seconds() const { return effect_seconds_; }

  // Asks for a level, clamped to the limits; what was wanted comes back when limits are lifted. A
  // new request restarts the actuation.
  void request(double now_seconds, Level level);
  // Makes the request effective, as far as the hardware's throttling lets it.
  void take_effect();

  // Each moves the request at once to stay inside. Absent lifts the limit.
  void set_user_limits(double now_seconds, std::optional<LevelRange> range);
  void set_lease_limits(double now_seconds, std::optional<LevelRange> range);
  void set_lock(double now_seconds, std::optional<Level> level);
  void set_thermal_ceiling(double now_seconds, std::optional<Level> ceiling);
  // The hardware holds the clock at this level or below, whatever is requested and whatever the
  // floor: requests stay as they are. Absent lifts it.
  void set_throttle(double now_seconds, std::optional<Level> ceiling);

 private:
  void update_limits(double now_seconds);
  void follow(double now_seconds);
  void aim(double now_seconds);
  double draw_actuation();

  const Domain* domain_;
  DelayDraws actuation_;
  std::optional<DelayDraws> low_actuation_;
  LevelRange mode_;
  std::optional<LevelRange> user_;
  std::optional<LevelRange> lease_;
  std::optional<LevelRange> lock_;
  std::optional<Level> thermal_ceiling_;
  std::optional<Level> throttle_;
  LevelRange limits_;
  Level wanted_;     // asked for, limits aside
  Level requested_;  // inside the limits
  Level target_;     // the request, throttled
  Level effective_;
  double effect_seconds_ = kNever;
};

}  // namespace flyball
