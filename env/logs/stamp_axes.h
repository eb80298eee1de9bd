// Makes axes of time of the stamps in a log: which stamps count, in which order their lines stand,
// and where a clock was set. Private to env/logs.
#pragma once

#include <cstddef>
#include <vector>

#include "env/logs/tegrastats.h"

namespace flyball {

// The usual step between lines in order, seconds; `longest_seconds` is what no run holds between
// two of its stamps.
struct StampSteps {
  double usual_seconds = 0.0;
  double longest_seconds = 5.0;
};
// Robust against gaps. Whole seconds of lines that come faster repeat: their mean is usual.
StampSteps stamp_steps(const TegrastatsLog& log);

// All dates are read in one order. A few stamps of another kind than the most, and single ones far
// from both their neighbours, are taken away; times of day go on over midnight and days without a
// year over New Year and the end of February; single lines out of order are sorted. All of it is
// noted. Returns the samples at which another axis begins, ascending: a clock was set back, or many
// stamps of another kind follow. Between two of them stamps ascend.
std::vector<std::size_t> settle_stamps(TegrastatsLog& log);

}  // namespace flyball
