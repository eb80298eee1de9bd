// Exploration on a running application: now and then a setting is tried, never far from what was
// seen to be good; otherwise, and whenever something is wrong, the board's residents decide. Not
// thread-safe; decide allocates nothing.
//
// Time is cut into slices of `slice_periods` decisions; a slice tries a setting with probability
// `share`. At first the fastest setting alone may be tried. A slice without a violation makes its
// setting good, and opens the settings near it: those that are slower by a factor of `step` at
// most and whose predicted use of the limit is at most `margin`. The prediction is what the good
// setting used, times the largest ratio of two clocks: no part of the work slows by more than its
// own clock does. So that no queue builds up, the busiest unit must not be predicted above
// `busiest`, unless it is as busy at the fastest setting already (a saturated job).
// Of the settings that are open, one of those tried least often is drawn, each equally likely.
//
// A violation (below) ends the slice at once. Its setting and every setting that is not faster in
// any knob are closed for a while, longer each time, and the residents decide until a slice of
// theirs has kept the limit. Heat does the same without closing anything. The idea of growing a
// set of settings known to be safe is SafeOpt's (Sui et al., ICML 2015); the bound of the physics
// stands where SafeOpt has a Gaussian process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controllers/action_setting.h"
#include "controllers/slice_watch.h"
#include "env/action_space.h"
#include "env/config/fields.h"
#include "env/governor.h"

namespace flyball {

struct FrontierConfig {
  double period_seconds = 1.0;      // between decisions
  std::uint32_t slice_periods = 2;  // decisions per slice
  double share = 0.2;               // of the slices that try something
  double slowdown = 1.8;            // nothing is tried that may be slower than the fastest by more
  double step = 1.25;               // how much slower than something good what is tried next may be
  double margin = 0.9;              // of the limit
  double busiest = 0.9;             // predicted busy share
  double hot_celsius = 85.0;        // any zone from here on: the residents decide
  double closed_seconds = 300.0;    // after a violation; doubled with each at the same setting
  SliceLimit limit;
  std::vector<std::string> caps;  // knobs that are tried as ceilings, with the resident below
  std::uint64_t seed = 0;
};

template <typename Visitor, FieldsOf<FrontierConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"period_seconds", "s", within(0.001, 3600),
         "between decisions: that of the policy to be trained"},
        config.period_seconds);
  field({"slice_periods", "periods", within(1, 10'000), "decisions for which a setting is held"},
        config.slice_periods);
  field({"share", "", within(0, 1), "of the time, for settings that are tried"}, config.share);
  field({"slowdown", "", within(1, 100),
         "no clock is lower than its highest level by more than this factor"},
        config.slowdown);
  field({"step", "", above(1), "how much slower than something good what is tried next may be"},
        config.step);
  field({"margin", "", above_up_to(0, 1), "of the limit, that a prediction may use"},
        config.margin);
  field({"busiest", "", above_up_to(0, 1), "predicted busy share of the busiest unit at most"},
        config.busiest);
  field({"hot_celsius", "degrees C", within(30, 120),
         "from this temperature on the kernel's governors decide"},
        config.hot_celsius);
  field({"closed_seconds", "s", at_least(0),
         "for which a setting is not tried after a violation; doubled with each"},
        config.closed_seconds);
  visit(field, config.limit);
  field({"caps", "", {}, "of the knobs, those tried as ceilings with the kernel's governor below"},
        config.caps);
  field({"seed", "", at_least(0), "of the choices"}, config.seed);
}

// Throws std::invalid_argument naming the key at fault.
void validate(const FrontierConfig& config);

// What became of the slices since everything was forgotten.
struct FrontierReport {
  std::uint64_t slices = 0;      // of residents and trials
  std::uint64_t trials = 0;      // slices that tried something
  std::uint64_t violations = 0;  // of them, ended by one
  std::uint64_t hot = 0;         // decisions left to the residents for heat
  std::size_t tried = 0;         // different settings
  std::size_t open = 0;          // settings that may be tried now
};

// What is known of a setting, for who keeps it over a restart.
struct FrontierSeen {
  std::uint32_t trials = 0;
  bool good = false;
  bool opened = false;
  double used = 0.0;  // of the limit, the worst slice
  std::optional<double> busy;
  double closed_seconds = 0.0;  // for so long from now on
  double closed_for = 0.0;      // how long it was closed the last time
};

class FrontierGovernor final : public Governor {
 public:
  explicit FrontierGovernor(FrontierConfig config);

  std::string_view name() const override { return "frontier"; }
  // Where the limits alone are others, what was seen is kept. Throws std::invalid_argument where a
  // knob is the application's: its levels are no clocks; or a cap is no knob.
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  Period period() const override { return {config_.period_seconds, false}; }

  FrontierReport report() const;
  // Of the knobs together, whatever the limits. Requires: reset() was called.
  std::size_t settings() const { return seen_.size(); }

  // Per setting, as of the last decision. Requires: reset() was called.
  std::vector<FrontierSeen> seen() const;
  // What another one saw is known from the next decision on, if it is of as many settings. Which
  // are good is decided by what was seen, so it must be of the same clocks and limit.
  void resume(std::vector<FrontierSeen> seen) { former_ = std::move(seen); }

 private:
  // What is known of a joint action.
  struct Seen {
    std::uint32_t trials = 0;
    bool good = false;
    bool opened = false;  // by something good; looked at again before it is tried
    double used = 0.0;    // of the limit, the worst slice
    std::optional<double> busy;
    double closed_until = 0.0;
    double closed_for = 0.0;  // how long the last time
  };

  void forget(std::size_t actions);
  void take_up_former(double now_seconds);
  std::span<const double> hertz_of(std::size_t action) const;
  double slower(std::size_t from, std::size_t to) const;
  bool is_saturated() const;
  bool opens(std::size_t good, std::size_t action) const;
  bool is_still_open(std::size_t action) const;
  bool may_try(std::size_t action, double now_seconds) const;
  void begin_slice(double now_seconds);
  void list_least_tried(double now_seconds);
  bool draw(double now_seconds);
  void end_slice(const SliceFigures& figures, double now_seconds);
  void close(std::size_t action, double now_seconds);
  bool is_hot(const Telemetry& telemetry);
  Decision residents(std::optional<double> probability) const;

  FrontierConfig config_;
  std::mt19937_64 random_;
  std::optional<ActionSpace> actions_;  // from reset() on
  std::optional<ActionSetting> setting_;
  std::vector<double> hertz_;          // [action, knob]
  std::vector<std::uint8_t> allowed_;  // by the limits, per action
  std::vector<Seen> seen_;             // per action
  std::vector<FrontierSeen> former_;   // not taken up yet
  std::vector<std::size_t> open_;      // to draw from
  Setting full_range_;
  std::size_t fastest_ = 0;
  double now_seconds_ = 0.0;

  SliceWatch watch_;
  std::uint32_t left_ = 0;             // decisions of the slice under way
  std::optional<std::size_t> trying_;  // absent: the residents' slice
  bool recovering_ = false;            // until a slice of the residents has kept the limit
  bool hot_ = false;
  Decision decision_;
  FrontierReport report_;
};

}  // namespace flyball
