// The smooth head's fixed matrix: what neighbouring settings have in common. Pure functions.
//
// A joint action is described by the products of powers of its knobs' log levels, each knob scaled
// to [-1, 1], up to a total degree; the columns are made orthonormal over the actions that the logs
// support. q(s, a) = h(s) . phi(a) then needs few data: what was seen of one frequency informs the
// next one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "env/knob.h"
#include "policies/safetensors.h"

namespace flyball {

// phi [joint actions, features]. Columns that are constant or dependent over the supported actions
// are left out, so features() <= what the degree allows; the first one is constant. `support`: one
// byte per joint action, empty for all. Throws std::invalid_argument when nothing is supported or
// the degree is not in [1, 6].
Tensor action_features(std::span<const Knob> knobs, std::size_t degree,
                       std::span<const std::uint8_t> support);

}  // namespace flyball
