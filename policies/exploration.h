// Epsilon-greedy exploration over masked joint actions. Values and one function; randomness is
// passed in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace flyball {

// Falls from `start` to `end` over `steps` decisions, then stays. Requires (validate): both shares
// in [0, 1].
struct LinearSchedule {
  double start = 1.0;
  double end = 0.05;
  std::uint64_t steps = 10000;

  double at(std::uint64_t step) const;
};

// Throws std::invalid_argument naming the key at fault.
void validate(const LinearSchedule& schedule);

// A choice of a joint action and what a log has to know about it.
struct ExploredAction {
  std::size_t action = 0;
  bool explored = false;     // drawn at random; it may still be the greedy one
  double probability = 1.0;  // of choosing `action` under epsilon-greedy
};

// With probability `epsilon` one of `allowed` (joint action indices), each equally likely,
// otherwise `greedy`. Requires: `allowed` is not empty and holds `greedy`; 0 <= epsilon <= 1.
ExploredAction explore(std::size_t greedy, std::span<const std::uint32_t> allowed, double epsilon,
                       std::mt19937_64& random);

}  // namespace flyball
