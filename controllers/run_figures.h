// What a run came to, in the figures that governors are compared by. Values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "controllers/duration_histogram.h"
#include "controllers/guard_report.h"
#include "env/sim/sim_truth.h"

namespace flyball {

struct RunFigures {
  std::string governor;
  std::uint64_t seed = 0;
  double energy_joules = 0.0;
  double energy_per_request = 0.0;  // joules per served request
  double latency_mean_seconds = 0.0;
  double latency_p50_seconds = 0.0;
  double latency_p95_seconds = 0.0;
  double latency_p99_seconds = 0.0;
  std::uint64_t served = 0;
  std::uint64_t missed = 0;            // served after their deadline
  std::uint64_t unserved = 0;          // still in the system, or given up
  std::uint64_t longest_late_run = 0;  // of requests missed one after the other
  double mean_power_watts = 0.0;       // energy per second
  double celsius_mean = 0.0;           // of the junction, over time
  double celsius_max = 0.0;
  double seconds = 0.0;                      // until the work was done
  std::array<WorkShare, kWorkKinds> work{};  // by WorkKind; adds up to seconds and energy_joules
  std::uint64_t minibatches = 0;             // of background fine-tuning
  std::optional<GuardReport> guard;          // of a guarded policy
  std::uint64_t clock_changes = 0;           // of all domains together
  std::vector<std::vector<double>> residency_seconds;  // [domain][level], effective
  // What the program took for decide(), by the steady clock; absent where residents decide alone.
  // The only figures that differ from run to run.
  std::optional<DurationSummary> decide;
  bool finished = true;  // no work was left when the run ended
  bool feasible = true;  // all work served and the limits kept

  // Of all requests; unserved ones are not in time. 1 without requests.
  double in_time_share() const;
  double requests_per_second() const;  // served; 0 for a run of no length
  double requests_per_joule() const;   // performance per watt: requests per second and watt
  double changes_per_second() const;   // of clocks
  // Share of the time that a domain's clock was at each of its levels; zeros for no time.
  std::vector<double> residency(std::size_t domain) const;
};

// Of a simulated run: up to the moment its work was done, or up to now if it is not. The limits are
// not looked at.
RunFigures figures_of(const SimTruth& truth);

// What a run has to keep; absent means unlimited.
struct RunLimits {
  std::optional<double> latency_mean_seconds;
  std::optional<double> in_time_share;  // 0..1, of all requests
};

// All work served, and the limits kept.
bool is_feasible(const RunFigures& figures, const RunLimits& limits);

// The runs of one governor over several seeds as one: sums over energy, requests and time, latency
// mean weighted by requests, temperature by time, percentiles averaged over the runs, the longest
// of the late runs; feasible by its own figures. Of the durations the p50 is averaged, weighted by
// how many there were, and the p99 and the longest are the largest of the runs'.
RunFigures pooled(std::span<const RunFigures> runs, const RunLimits& limits);

}  // namespace flyball
