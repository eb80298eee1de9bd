// A minute of queries while fine-tuning jobs come, after PolyThrottle's figure 14, and the ways to
// schedule them: by the governor "fine-tuning", by a schedule that is held, or by what knows the
// end beforehand. Pure functions; the scenario is fine-tuning-agx-orin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "controllers/fine_tuning_governor.h"
#include "env/sim/scenario.h"

namespace flyball {

// From when on the limit is the second one.
double second_half_seconds(const Scenario& scenario);
// When the first query comes that has it: from then on a governor can know.
double change_seen_seconds(const Scenario& scenario, std::uint64_t seed);

// What one of the two halves came to; the first ends with the change of the limit.
struct StreamHalf {
  std::uint64_t served = 0;
  std::uint64_t late = 0;
  std::uint64_t minibatches = 0;
  double joules = 0.0;
};

struct StreamRun {
  StreamHalf first;
  StreamHalf second;
  std::uint64_t minibatches_asked = 0;     // of all jobs
  std::vector<double> job_seconds;         // when each job was done
  std::optional<double> done_seconds;      // when the last minibatch was done, if ever
  double done_joules = 0.0;                // of the second half, until then
  std::optional<double> slowdown_learned;  // of the governor's predictor at the end

  double in_time_share() const;
  double in_time_share(const StreamHalf& half) const;
  // Minibatches a second from `since_seconds` until all are done; 0 if they never are.
  double throughput(double since_seconds) const;
};

// The governor decides, from nothing but what the plan holds.
StreamRun run_scheduler(const Scenario& scenario, const FineTuningPlan& plan, std::uint64_t seed);

// Held from the beginning or from the change of the limit on; before it, and where `rule` is
// kForbidden, no minibatch runs and the clocks are at their highest.
struct HeldSchedule {
  std::vector<Level> levels;  // of the plan's clocks
  FineTuningRule rule = FineTuningRule::kForbidden;
  bool in_first_half = false;
};
StreamRun run_schedule(const Scenario& scenario, const FineTuningPlan& plan,
                       const HeldSchedule& schedule, std::uint64_t seed);

// The residents have the clocks, and minibatches run by this rule all the time.
StreamRun run_always(const Scenario& scenario, FineTuningRule rule, std::uint64_t seed);

// With hindsight: of every setting of the plan and both ways, the one whose fine-tuning is fastest
// among those that keep the share in time in their half. Absent: none keeps it, or none is done.
struct BestSchedule {
  HeldSchedule schedule;
  StreamRun run;
};
std::optional<BestSchedule> best_second_half(const Scenario& scenario, const FineTuningPlan& plan,
                                             std::uint64_t seed);
// How many settings and ways keep the share in time in the first half while minibatches run.
std::size_t schedules_of_first_half(const Scenario& scenario, const FineTuningPlan& plan,
                                    std::uint64_t seed);

}  // namespace flyball
