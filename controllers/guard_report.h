// What a guard (controllers/guard.h) did. Values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace flyball {

// Why the residents decide.
enum class GuardCause : std::uint8_t {
  kOverdue,     // a request in the system is past its deadline
  kQueue,       // more requests wait than can be served within a deadline
  kLatency,     // the mean latency is above the limit
  kMisses,      // the share of missed requests is above the limit
  kInfeasible,  // the policy itself predicts that no action keeps the limit
  kUnknown,     // the state is none that the policy was trained on
};
inline constexpr std::size_t kGuardCauses = 6;

const char* to_string(GuardCause cause);

struct GuardReport {
  double seconds = 0.0;                                // watched
  std::array<double, kGuardCauses> guarded_seconds{};  // by what began the turn
  std::uint64_t turns = 0;

  double guarded_share() const;  // of the seconds watched, 0..1
  GuardReport& operator+=(const GuardReport& other);
};

}  // namespace flyball
