// Which actions an nvpmodel mode leaves, told by the observation itself: it holds the mode's floor
// and ceiling of every board knob (EncoderConfig::with_mode). Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "env/action_space.h"
#include "env/knob.h"
#include "env/observation_layout.h"
#include "policies/action_rule.h"

namespace flyball {

class ModeMask {
 public:
  // `allowed`: joint actions of `knobs` that the logs support, ascending.
  ModeMask(const ObservationLayout& layout, std::vector<Knob> knobs,
           std::vector<std::uint32_t> allowed);

  // Whether observations tell the mode at all; otherwise every one leaves all of `allowed`.
  bool tells_mode() const { return !places_.empty(); }
  // Those of `allowed` inside the observation's mode; they stay until this is gone. Throws
  // std::invalid_argument when there are none.
  const ActionMask& mask(const float* observation);

 private:
  // Where the observation holds a knob's limits.
  struct Place {
    std::size_t knob = 0;
    std::size_t floor = 0;
    std::size_t ceiling = 0;
  };
  using Limits = std::vector<LevelRange>;
  struct Mode {
    Limits limits;
    ActionMask mask;
  };

  const Mode& add_mode(const Limits& limits);

  std::vector<Knob> knobs_;
  ActionSpace actions_;
  ActionMask whole_;
  std::vector<Place> places_;
  std::vector<std::unique_ptr<Mode>> modes_;  // that were met; few
  Limits limits_;                             // scratch
};

}  // namespace flyball
