// Exploration for logs: now a random setting, now the board's residents. Not thread-safe.
//
// Time is cut into blocks of `hold_periods` decisions. A block is random with probability `share`:
// one allowed setting, held for the whole block, each equally likely of those not drawn since all
// were: a short log then holds more different settings. Otherwise it is the residents': the setting
// is the full range. Held decisions count as decisions, made for certain. Before and after the
// time that exploration is given, the residents decide for certain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "controllers/slowdown_estimate.h"
#include "env/governor.h"

namespace flyball {

struct RandomGovernorConfig {
  double period_seconds = 1.0;
  double share = 0.5;              // of the blocks
  std::uint32_t hold_periods = 1;  // decisions per block
  double from_seconds = 0.0;       // of the plant's timeline: exploration begins
  double until_seconds = std::numeric_limits<double>::infinity();  // and ends
  // Joint actions that may be drawn, one byte each (mixed radix over the knobs, the last one
  // fastest); empty: all inside the limits.
  std::vector<std::uint8_t> allowed;
  // Of those, none at which a request may take longer than at the highest levels by more than this
  // factor, as far as the residents' time before exploration tells (slowdown_estimate.h).
  double latency_factor = std::numeric_limits<double>::infinity();
  // Instead, where the application tells of deadlines: none at which the mean latency may exceed
  // the shortest one.
  bool within_deadline = false;
  std::vector<std::string> caps;  // knobs that are not pinned: their level is a ceiling
  std::uint64_t seed = 0;
};

// Throws std::invalid_argument naming the key at fault.
void validate(const RandomGovernorConfig& config);

class RandomGovernor final : public Governor {
 public:
  explicit RandomGovernor(RandomGovernorConfig config);

  std::string_view name() const override { return "random"; }
  // Begins again at the seed. Throws std::invalid_argument when no setting is allowed inside the
  // limits or `allowed` does not fit the knobs.
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  Period period() const override { return {config_.period_seconds, false}; }

  // What is drawn from: before exploration has begun, without regard to the latency factor.
  std::size_t settings() const { return choices_.size(); }

 private:
  void leave_out_slow();
  void begin_block();
  const Setting& draw();

  RandomGovernorConfig config_;
  std::mt19937_64 random_;
  std::vector<Setting> choices_;
  std::optional<SlowdownEstimate> slowdown_;  // until exploration begins
  std::size_t left_ = 0;                      // the first of choices_: not drawn in this round
  Setting full_range_;
  Decision decision_;       // of the block
  std::uint32_t held_ = 0;  // decisions left in the block
};

}  // namespace flyball
