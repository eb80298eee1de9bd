// What moves the memory clock of a board in the kernel's place: bandwidth that clients ask for, and
// an activity monitor. Not thread-safe.
//
// The rate is the lowest of the table that is at least each of
//  - a share of the GPU's clock, asked for whenever the GPU is clocked (nvgpu's emc3d ratio). Logs
//  of
//    an AGX Xavier show 1065.6, 1331.2, 1600, 1866 and 2133 MHz at GPU clocks of up to 522, 624,
//    675, 905 and from 1032 MHz: only ratios between 1.97 and 2.03 give that;
//  - what keeps the memory's averaged activity below its target. At a load above the upper
//  watermark
//    the average is boosted, as the activity monitors of Tegra do (their constants are assumed);
//  - a floor that other clients keep asking for. Idle boards show 665.6 MHz (AGX Xavier, JetPack 4)
//    and 1065.6 to 1331.2 MHz (JetPack 5).
// A railgated GPU asks for nothing, but telemetry does not show that: here its last clock counts.
#pragma once

#include <cstddef>
#include <optional>

#include "controllers/resident_domain.h"
#include "env/governor.h"

namespace flyball {

struct EmcActmonTunables {
  double gpu_ratio = 2.0;     // memory hertz asked for per hertz of the GPU
  double floor_hz = 665.6e6;  // asked for always
  double load_target = 0.5;   // of the memory's capacity
  double load_max = 0.75;     // above it the average is boosted
  double boost = 2.0;         // factor of the activity then
  double smooth = 4.0;        // weight of the average's past against 1
  double polling_seconds = 0.025;
};

class EmcActmonGovernor final : public Governor {
 public:
  explicit EmcActmonGovernor(const EmcActmonTunables& tunables = {});

  std::string_view name() const override { return "emc_actmon"; }
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  // Monitors in hardware: they do not sleep with the CPUs.
  Period period() const override { return {tunables_.polling_seconds, false}; }

 private:
  void follow_activity(const DomainTelemetry& shown, double time_seconds);
  std::optional<double> gpu_hz(const Telemetry& telemetry) const;

  EmcActmonTunables tunables_;
  std::optional<ResidentDomain> domain_;
  std::optional<std::size_t> gpu_;  // the plant's domain
  std::optional<double> last_time_seconds_;
  double last_busy_seconds_ = 0.0;
  double average_hz_ = 0.0;  // activity: busy share times rate
};

}  // namespace flyball
