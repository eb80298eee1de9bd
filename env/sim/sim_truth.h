// What really happened in a simulation, without sensors in between. Values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace flyball {

struct SimTruth {
  double seconds = 0.0;        // simulated so far
  double energy_joules = 0.0;  // of the module
  std::vector<double> rail_joules;
  std::uint64_t arrived = 0;
  std::uint64_t served = 0;
  std::uint64_t missed = 0;    // served after their limit
  std::uint64_t unserved = 0;  // in the system now
  double in_system_seconds = 0.0;
  std::vector<double> latencies_seconds;  // of each request served, in order of completion
  std::uint64_t batches = 0;
  std::vector<std::uint64_t> batch_sizes;              // [n]: batches of n requests completed
  std::vector<std::vector<double>> residency_seconds;  // [domain][level], effective
  double gpu_railgated_seconds = 0.0;
  double accelerator_seconds = 0.0;        // the accelerator was busy
  double power_capped_seconds = 0.0;       // the mode's power budget held clocks down
  std::optional<double> finished_seconds;  // when the last request left
  double finished_joules = 0.0;            // energy_joules at that moment
};

}  // namespace flyball
