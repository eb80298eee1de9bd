// A resident on a domain of its own, fed load by hand; what it decides takes effect at once.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "env/governor.h"

namespace flyball {

class ResidentBench {
 public:
  // Starts at `start_hz`, at the lowest frequency if absent.
  ResidentBench(std::unique_ptr<Governor> governor, Domain domain,
                std::optional<double> start_hz = std::nullopt);

  // Lets `seconds` pass with the GPU, or every CPU, busy for the share `busy` of them; then asks
  // the governor. Returns the frequency that it wants.
  double step(double seconds, double busy);
  // As above with one share per CPU; the rest of the time counts as idle, or as waiting for I/O.
  double step_cpus(double seconds, const std::vector<double>& busy, double iowait = 0.0);
  void set_limits(double floor_hz, double ceiling_hz);
  void set_online(std::size_t cpu, bool online) { cpus_[cpu].online = online; }
  double requested_hz() const { return requested_hz_; }

 private:
  double decide();

  std::unique_ptr<Governor> governor_;
  std::unique_ptr<PlantDescription> plant_;  // stays where it is when the bench moves
  double time_seconds_ = 0.0;
  double requested_hz_;
  double floor_hz_;
  double ceiling_hz_;
  double gpu_busy_seconds_ = 0.0;
  std::vector<CpuTelemetry> cpus_;
};

}  // namespace flyball
