// Waits for storage, evened out over the requests. Pure functions.
//
// A job that works through a data set waits for storage once per block of requests, whatever the
// setting. A span of a few batches holds such a wait or none, by chance, and one that does costs
// more: on a Nano that hides a few per cent of saving behind tens of per cent of noise. What chance
// adds is seen, though: a CPU waits for storage (the kernel's iowait) and the GPU is idle. So every
// span is credited as if it had waited as long as the log does per request.
#pragma once

#include "env/board.h"
#include "env/logs/telemetry_row.h"
#include "env/reward.h"

namespace flyball {

// Seconds of a row in which the work stood still for storage; 0 where less than half of the row
// did, or the log does not say. `next` is the row that follows.
double storage_wait_seconds(const PlantDescription& plant, const TelemetryRow& row,
                            const TelemetryRow& next);

struct StorageWaits {
  double seconds_per_request = 0.0;
  double watts = 0.0;  // while waiting
};

// What the rows of a log have waited so far.
class StorageWaitSums {
 public:
  // `lag_seconds`: of the power readings. A row that no other follows within `gap_factor` of its
  // period is left out, and one without power.
  StorageWaitSums(double lag_seconds, double gap_factor)
      : lag_seconds_(lag_seconds), gap_factor_(gap_factor) {}

  void add(const PlantDescription& plant, const TelemetryRow& row, const TelemetryRow& next);
  StorageWaits mean() const;

 private:
  double lag_seconds_;
  double gap_factor_;
  double waited_seconds_ = 0.0;
  double requests_ = 0.0;
  double seconds_ = 0.0;  // of the rows that waited
  double joules_ = 0.0;
};

// Replaces the `waited_seconds` that fell into a span by the log's mean. Its requests in the system
// wait along.
void even_storage_waits(const StorageWaits& waits, double waited_seconds, SpanCost& cost);

}  // namespace flyball
