#include "tools/daemon/shadow_plant.h"

#include <memory>

namespace flyball {

namespace {

class ShadowGrant final : public LeaseGrant {
 public:
  std::error_code apply(const Setting&) noexcept override { return {}; }
};

}  // namespace

ControlLease ShadowPlant::lease(std::span<const std::size_t> knobs) {
  return ControlLease({knobs.begin(), knobs.end()}, std::make_unique<ShadowGrant>());
}

}  // namespace flyball
