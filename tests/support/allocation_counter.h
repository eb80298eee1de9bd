// Counts what the heap is asked for. Linking allocation_counter.cpp replaces the global operators.
#pragma once

#include <cstddef>

namespace flyball {

// Allocations of this program so far.
std::size_t allocation_count();

}  // namespace flyball
