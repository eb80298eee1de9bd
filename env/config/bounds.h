// Ranges that keys of several files share. A bound stands where a larger number would cost
// gigabytes or minutes before anything is wrong. Values.
#pragma once

#include "env/config/range.h"

namespace flyball {

inline constexpr double kMostSeconds = 1e8;  // three years

constexpr Range seconds_range() { return above_up_to(0, kMostSeconds); }
// Between things that happen again and again.
constexpr Range period_range() { return within(1e-3, kMostSeconds); }
constexpr Range requests_range() { return within(1, 1e9); }
constexpr Range batch_range() { return within(1, 65'536); }
constexpr Range cpus_range() { return within(1, 1024); }

}  // namespace flyball
