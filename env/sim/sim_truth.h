// What really happened in a simulation, without sensors in between: what evaluations count, and
// what no governor is shown. Values, written by the engine's thread; copy one to look at it
// elsewhere.
//
// Everything counts from the start of the simulation and only grows, but `unserved` and `late_run`.
// Seconds are simulated time, joules are drawn by the module (its named rail or sum of rails), and
// a request is one inference, whatever batch it ran in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace flyball {

// What the server is at.
enum class WorkKind : std::uint8_t {
  kServing,     // inference, and idle between
  kLoading,     // bringing the model up
  kFirstUse,    // tuning itself for a batch size
  kOccupied,    // the accelerator is taken by something else
  kFineTuning,  // a minibatch of the second tenant
};
inline constexpr std::size_t kWorkKinds = 5;

// Time and the module's energy while the server was at one kind of work.
struct WorkShare {
  double seconds = 0.0;
  double joules = 0.0;
};

struct SimTruth {
  double seconds = 0.0;                    // simulated so far
  double energy_joules = 0.0;              // of the module
  std::vector<double> rail_joules;         // [rail], in the order of the plant's rails
  std::array<WorkShare, kWorkKinds> work;  // by WorkKind; adds up to seconds and energy_joules
  const WorkShare& at(WorkKind kind) const { return work[static_cast<std::size_t>(kind)]; }
  std::uint64_t arrived = 0;  // requests; arrived = served + unserved
  std::uint64_t served = 0;
  std::uint64_t missed = 0;    // served after their limit
  std::uint64_t late_run = 0;  // of these, the last ones without one in time between
  std::uint64_t longest_late_run = 0;
  std::uint64_t unserved = 0;      // in the system now
  double in_system_seconds = 0.0;  // the integral of `unserved`: time of all requests together
  std::vector<double> latencies_seconds;  // of each request served, in order of completion
  std::uint64_t batches = 0;
  std::uint64_t minibatches = 0;           // of fine-tuning, done
  std::uint64_t first_uses = 0;            // batch sizes that the server tuned itself for
  std::vector<std::uint64_t> batch_sizes;  // [n]: batches of n requests completed
  std::vector<std::vector<double>> residency_seconds;  // [domain][level], effective
  double gpu_railgated_seconds = 0.0;
  double accelerator_seconds = 0.0;         // the accelerator was busy
  double power_capped_seconds = 0.0;        // the mode's power budget held clocks down
  double thermal_capped_seconds = 0.0;      // the passive trip did
  std::optional<double> shut_down_seconds;  // the critical trip switched the board off
  std::optional<double> finished_seconds;   // when the last request left
  double finished_joules = 0.0;             // energy_joules at that moment
  std::vector<std::vector<double>> finished_residency_seconds;  // residency_seconds then
  // Until that moment, and no further:
  std::vector<std::uint64_t> clock_changes;  // [domain]: how often the effective level changed
  double celsius_seconds = 0.0;              // the junction's temperature, integrated over time
  double highest_celsius = 0.0;
};

}  // namespace flyball
