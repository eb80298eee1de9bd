// How far a replay can be trusted: what it is off by, with an interval by blocks of the log. Values
// and pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "env/fitting/log_replay.h"

namespace flyball {

// What a figure is off by, and between what it lies with 95 %, as far as the blocks tell.
struct ErrorInterval {
  double error = 0.0;
  double low = 0.0;
  double high = 0.0;
};

enum class ReplayVerdict : std::uint8_t {
  kReplays,     // within what is allowed, the intervals too
  kCannotTell,  // an interval lies on both sides of what is allowed: the blocks disagree
  kDoesNot,     // a figure is off by more than is allowed, and so is all of its interval
};
const char* to_string(ReplayVerdict verdict);

// Of the whole log; absent where the log does not have the figure, or no two blocks do. Shares, and
// hertz for the clock.
struct ReplayJudgement {
  std::optional<ErrorInterval> energy;
  std::optional<ErrorInterval> gpu_hz;
  std::optional<ErrorInterval> latency_p95;

  ReplayVerdict verdict(const ReplayTolerances& tolerances) const;
  // What limits on latency are to be multiplied by where a setting is chosen on the replay's model:
  // at most 1. Lower where the model may answer sooner than the board.
  double latency_margin() const;
};

// By leaving out each of eight blocks of the log in turn (jackknife). Requires: samples of the same
// rows.
ReplayJudgement judge_replay(std::span<const LogSample> log, std::span<const LogSample> replay);

}  // namespace flyball
