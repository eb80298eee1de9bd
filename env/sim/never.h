// The time of what will not happen.
#pragma once

#include <limits>

namespace flyball {

constexpr double kNever = std::numeric_limits<double>::infinity();

}  // namespace flyball
