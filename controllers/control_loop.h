// The control loop: read, decide, apply, on absolute deadlines of the plant's timeline. The same
// code governs a board (steady clock) and a simulation (virtual time). Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "controllers/duration_histogram.h"
#include "env/delays.h"
#include "env/governor.h"
#include "env/logs/telemetry_row.h"
#include "env/plant.h"

namespace flyball {

struct LoopConfig {
  double period_seconds = 1.0;  // between decisions
  double sample_seconds = 0.1;  // between readings, a row each; the period is a multiple of it
  // Virtual time: how long a decision takes (t_AS), each drawn anew with `seed`. Absent: as long as
  // it really takes.
  std::optional<Delays> simulated_think_seconds;
  std::uint64_t seed = 0;
  // Virtual time: when what was asked for last is effective. Absent: the plant's description says
  // how long it takes.
  std::function<double()> simulated_effect_time;
  // Reads once more when a new setting has taken effect, in whichever row that is: its costs are
  // then split exactly, and it carries the state at that moment. Otherwise they are split in
  // proportion to time.
  bool snapshot_at_effect = false;
  // Asked at each good reading between two decisions, while the governor's own choice is in force:
  // what cannot wait for the next one is applied at once. Nothing: what was decided stays.
  std::function<std::optional<Decision>(const Telemetry&)> decide_early;
  // More device errors than this within the window, or that many readings in a row that failed, or
  // no good one for the window: the clocks go back to the kernel.
  std::size_t error_budget = 10;
  double error_window_seconds = 60.0;
};

// Throws std::invalid_argument naming the key at fault.
void validate(const LoopConfig& config);

// Computing time in seconds, by the steady clock, whatever the plant's timeline.
struct LoopReport {
  std::uint64_t ticks = 0;      // readings on a deadline
  std::uint64_t decisions = 0;  // settings applied, or given to the residents
  std::uint64_t overruns = 0;   // ticks whose work went past the next deadline
  std::uint64_t skipped = 0;    // deadlines that were let go for that
  std::uint64_t errors = 0;     // device errors: reading or applying
  std::uint64_t set_aside = 0;  // decisions that were not in force: somebody else held the clocks
  std::uint64_t outside = 0;    // decisions that the limits left to the residents: see can_govern()
  std::error_code first_error;
  std::error_code last_error;
  DurationSummary read;
  DurationSummary decide;
  DurationSummary apply;
  DurationSummary tick;      // all of it between two sleeps: these three, the row, `stop`
  DurationSummary late;      // on the plant's timeline: waking up after the deadline
  bool finished = false;     // the application's work ended
  bool handed_back = false;  // the error budget was exceeded and the lease given back
  bool refused = false;      // we may not write here: given back at the first refusal
  double seconds = 0.0;      // of the plant's timeline
};

class ControlLoop {
 public:
  // Leases `knobs` (indices into the plant's) and resets the governor; no governor (null): nothing
  // is leased, the residents run alone and the loop only writes rows. `sink` may be null. All must
  // outlive the loop, whose destructor gives the knobs back. Throws what lease() and reset() throw.
  ControlLoop(Plant& plant, Governor* governor, std::span<const std::size_t> knobs,
              const LoopConfig& config, TelemetrySink* sink = nullptr);

  // Runs until `stop` says so (asked once per tick; may be empty), the application has finished,
  // the timeline has reached `until_seconds`, or the error budget is exceeded. The report is of
  // this call. Allocates nothing per tick beyond what plant, governor and sink do.
  LoopReport run(const std::function<bool()>& stop, double until_seconds);

  bool holds_lease() const { return lease_.is_held(); }
  // False while the limits leave the governor nothing to choose from: the residents decide.
  bool can_govern() const { return !cannot_govern_; }

 private:
  struct Clocks {
    DurationHistogram read;
    DurationHistogram decide;
    DurationHistogram apply;
    DurationHistogram tick;
    DurationHistogram late;
  };

  bool read(Telemetry& telemetry);
  void begin_row();
  void decide();
  void decide_early();
  void put_in_force(const Decision& decision);
  void follow_limits();
  bool may_apply(const Setting& setting);
  void take_snapshot();
  std::uint64_t skip_missed_deadlines(double start_seconds);
  bool sleep(const std::function<bool()>& stop, double wake_seconds);
  void tell_decision(const Decision& decision);
  void finish_row(bool ends, bool cut);
  void close_report(double start_seconds);
  Decision ask_governor();
  double effect_seconds(const Setting& next) const;
  void count(std::error_code error);
  bool budget_exceeded() const;
  bool is_over(bool stopped, double until_seconds) const;

  Plant& plant_;
  Governor* governor_;
  LoopConfig config_;
  std::optional<DelayDraws> think_draws_;
  TelemetrySink* sink_;
  ControlLease lease_;
  GovernorScope scope_;
  std::uint64_t samples_per_period_ = 1;

  // Rows with and without a snapshot have storage of their own, so neither is ever built anew.
  TelemetryRow plain_row_;
  TelemetryRow snapshot_row_;
  TelemetryRow* row_ = nullptr;  // the row under way
  Telemetry next_;
  bool read_is_good_ = false;

  std::optional<Decision> in_force_;   // applied last
  double think_seconds_ = 0.0;         // last measured t_AS
  double tick_seconds_ = 0.0;          // of the last deadline that was waited for
  double begin_seconds_ = 0.0;         // when the row under way began
  std::optional<double> effect_time_;  // of what is in force; absent: it has taken effect
  std::chrono::steady_clock::time_point awake_since_;
  double next_deadline_ = 0.0;
  std::vector<double> error_times_;  // of the last error_budget + 1 errors, a ring
  std::size_t error_count_ = 0;
  std::size_t failed_readings_ = 0;  // in a row
  double last_good_seconds_ = 0.0;
  bool cannot_govern_ = false;
  Clocks clocks_;
  LoopReport report_;
};

}  // namespace flyball
