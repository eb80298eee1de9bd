// A plant that is read and never written: its leases accept every setting and forget it. What a
// governor would do, beside the kernel's governors that go on deciding (--dry-run). Thread rule and
// errors are the plant's own.
#pragma once

#include "env/plant.h"

namespace flyball {

class ShadowPlant final : public Plant {
 public:
  // `plant` must outlive this object.
  explicit ShadowPlant(Plant& plant) : plant_(plant) {}

  const PlantDescription& description() const override { return plant_.description(); }
  Timeline& timeline() override { return plant_.timeline(); }
  [[nodiscard]] std::error_code read(Telemetry& telemetry) noexcept override {
    return plant_.read(telemetry);
  }
  ControlLease lease(std::span<const std::size_t> knobs) override;

 private:
  Plant& plant_;
};

}  // namespace flyball
