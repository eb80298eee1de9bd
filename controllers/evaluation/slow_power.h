// A plant whose power is read less often than the rest: in between it shows the last reading with
// its stamp, as JetsonPlant does, because the sensors average over 0.4 s. Not thread-safe.
#pragma once

#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "env/plant.h"

namespace flyball {

class SlowPower final : public Plant {
 public:
  // `plant` must outlive it. `power_seconds`: between readings; 0: power is read every time.
  SlowPower(Plant& plant, double power_seconds) : plant_(plant), power_seconds_(power_seconds) {}

  const PlantDescription& description() const override { return plant_.description(); }
  Timeline& timeline() override { return plant_.timeline(); }
  [[nodiscard]] std::error_code read(Telemetry& telemetry) noexcept override;
  ControlLease lease(std::span<const std::size_t> knobs) override { return plant_.lease(knobs); }

 private:
  Plant& plant_;
  double power_seconds_;
  std::optional<double> read_seconds_;                      // when power was read last
  Stamped<std::vector<std::optional<double>>> rail_watts_;  // then
  Stamped<double> total_watts_;
};

}  // namespace flyball
