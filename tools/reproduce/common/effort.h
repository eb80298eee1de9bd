// How much of an experiment is made. Value.
#pragma once

#include <cstdint>

namespace flyball {

enum class Effort : std::uint8_t {
  kQuick,  // --quick: fewer cases and seeds, and no part that trains for minutes
  kAll,
};

}  // namespace flyball
