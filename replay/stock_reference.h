// What a request costs under the kernel's governors, of a log that also tries other settings. The
// backlog that a random setting left is not theirs, though they work it off. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "env/logs/telemetry_row.h"
#include "env/reward.h"

namespace flyball {

// How far what the residents cost at a moment is their own.
enum class Standing : std::uint8_t {
  kInherits,  // requests may still wait that somebody else's setting left
  kDrained,   // the system was empty since they took over
  kSettled,   // that, and they have had the board for kSettledSeconds
};
constexpr double kSettledSeconds = 10.0;

// Follows who decides, row by row.
class ResidentStretch {
 public:
  // `begins`: with this row a segment of the log.
  void add(const TelemetryRow& row, bool begins);
  // From the last row on.
  Standing standing() const { return standing_; }

 private:
  std::optional<double> since_seconds_;  // when the residents took over; absent: somebody else has
  bool drained_ = false;
  bool is_first_ = true;
  Standing standing_ = Standing::kInherits;
};

// Sums what the residents' spans cost, and takes the cleanest sum that holds enough: time in which
// they had settled, or in which nothing was inherited. Short stretches between settings that were
// tried are drained more often where the load is low, so the first is to be preferred.
class StockReference {
 public:
  void add(Standing standing, const SpanCost& cost, double weight);
  // Its energy is not known: it counts at the mean power of the others.
  void add_unpowered(Standing standing, const SpanCost& cost);
  SpanCost residents() const;

 private:
  struct Sum {
    SpanCost powered;
    SpanCost unpowered;
    double requests = 0.0;  // not weighted
  };
  std::array<Sum, 3> sums_;  // [standing]: of spans that stand at least so
};

// The settled time is a reference of its own from so many requests on.
constexpr double kEnoughRequests = 200.0;

}  // namespace flyball
