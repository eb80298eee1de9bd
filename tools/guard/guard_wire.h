// What the governing process and the guard say to each other: one datagram each, over a socketpair
// that nobody else can reach. The guard trusts nothing that it receives.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <system_error>

#include "env/jetson/clock_keeper.h"
#include "env/knob.h"

namespace flyball {

enum class GuardCall : std::uint32_t { kLend, kApply, kLook, kGiveBack };

// Every request is a sign of life.
struct GuardRequest {
  GuardCall call = GuardCall::kLook;
  std::uint32_t count = 0;                       // of the knobs that are meant
  std::array<std::uint32_t, kMaxKnobs> knobs{};  // indices into the board's
  std::array<LevelRange, kMaxKnobs> setting{};   // of kApply, one per knob
};

// Failures and remarks of putting back come before the answer, a datagram each.
enum class GuardWord : std::uint32_t { kAnswer, kFailure, kRemark, kUnwatched };

// A std::error_code of a category that both sides know.
struct WireError {
  std::uint32_t category = 0;
  std::int32_t value = 0;  // 0: none
};

WireError to_wire(const std::error_code& error) noexcept;
std::error_code from_wire(const WireError& error) noexcept;

struct GuardMessage {
  GuardWord word = GuardWord::kAnswer;
  std::uint32_t knobs = 0;
  std::array<LevelRange, kMaxKnobs> limits{};  // of every knob, as they are now
  ShieldState shield;                          // against heat
  WireError error;
  std::uint64_t controls = 0;  // that were put back so far
  FixedText text{};            // the failure or remark; of an answer the last failure
};

}  // namespace flyball
