// Places the lines of a board's log in time. Private to env/logs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "env/logs/tegrastats.h"

namespace flyball {

// A line of the file in the order of time: an index of `samples`, or none where it failed.
struct Slot {
  std::optional<std::size_t> sample;
};

// Sets the samples' times and runs, the log's interval and first stamp, from the samples' stamps or
// from the options (see read_tegrastats_log). Throws std::invalid_argument when neither tells.
void place_lines(const std::vector<Slot>& slots, const std::string& path,
                 const TegrastatsOptions& options, TegrastatsLog& log);

}  // namespace flyball
