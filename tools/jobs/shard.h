// A part of many independent jobs: every third of them, from the second on. A value.
#pragma once

#include <cstddef>
#include <string>

namespace flyball {

struct Shard {
  std::size_t index = 0;  // from 0
  std::size_t count = 1;

  bool has(std::size_t job) const { return job % count == index; }
  bool is_all() const { return count == 1; }
};

// "3/16": the third of sixteen. Throws std::invalid_argument where it is none.
Shard parse_shard(const std::string& text);

}  // namespace flyball
