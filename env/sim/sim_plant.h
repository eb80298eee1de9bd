// A simulated board with its application, in virtual time. Not thread-safe.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "env/plant.h"
#include "env/sim/engine.h"
#include "env/sim/sim_config.h"
#include "env/sim/sim_truth.h"
#include "env/timeline.h"

namespace flyball {

class SimPlant final : public Plant {
 public:
  // Throws std::invalid_argument naming the key at fault.
  explicit SimPlant(SimConfig config);
  ~SimPlant() override;
  SimPlant(const SimPlant&) = delete;
  SimPlant& operator=(const SimPlant&) = delete;

  const PlantDescription& description() const override { return engine_.description(); }
  Timeline& timeline() override { return timeline_; }
  [[nodiscard]] std::error_code read(Telemetry& telemetry) noexcept override;
  ControlLease lease(std::span<const std::size_t> knobs) override;

  // Up to date with the timeline.
  const SimTruth& truth() const { return engine_.truth(); }
  Engine& engine() { return engine_; }
  // When the clocks that are lent will have followed; in the past if they have.
  double effect_time_seconds() const;

 private:
  class Grant;

  Engine engine_;
  VirtualTimeline timeline_;
  std::vector<bool> lent_;  // per knob
};

}  // namespace flyball
