#include "controllers/guard_report.h"

#include <numeric>

namespace flyball {

const char* to_string(GuardCause cause) {
  switch (cause) {
    case GuardCause::kOverdue: return "overdue";
    case GuardCause::kQueue: return "queue";
    case GuardCause::kLatency: return "latency";
    case GuardCause::kMisses: return "misses";
    case GuardCause::kInfeasible: return "infeasible";
    case GuardCause::kUnknown: return "unknown state";
  }
  return "unknown";
}

double GuardReport::guarded_share() const {
  if (seconds <= 0.0) return 0.0;
  return std::accumulate(guarded_seconds.begin(), guarded_seconds.end(), 0.0) / seconds;
}

GuardReport& GuardReport::operator+=(const GuardReport& other) {
  seconds += other.seconds;
  for (std::size_t i = 0; i < kGuardCauses; ++i) guarded_seconds[i] += other.guarded_seconds[i];
  turns += other.turns;
  return *this;
}

}  // namespace flyball
