// What a governor decided, and who it was that chose. Values; freely copyable.
#pragma once

#include <cstdint>
#include <optional>

#include "env/knob.h"

namespace flyball {

enum class DecidedBy : std::uint8_t { kResident, kPolicy, kRandom };

struct Decision {
  Setting setting;
  // kResident: the setting is the full range, and the residents decide inside it.
  DecidedBy decided_by = DecidedBy::kPolicy;
  std::optional<double> probability = std::nullopt;  // where chance had a part in the choice
};

}  // namespace flyball
