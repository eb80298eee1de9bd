// A setting by the number of requests in the system: what a table by queue length can do, and no
// more. Found by controllers/evaluation/best_queue_table.h. Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "env/governor.h"

namespace flyball {

struct QueueTableRow {
  std::uint64_t least_requests = 0;  // in the system, those in service included
  Setting setting;                   // one range per knob; all of it: left to the residents

  friend bool operator==(const QueueTableRow&, const QueueTableRow&) = default;
};
// By rising least_requests, the first from 0 on; a row holds until the next one begins.
using QueueTable = std::vector<QueueTableRow>;

// The last row that begins at or below `requests`. Requires: a table as above.
std::size_t row_for(const QueueTable& table, std::uint64_t requests);

class QueueTableGovernor final : public Governor {
 public:
  // Throws std::invalid_argument where the rows do not rise from 0 or differ in knobs.
  QueueTableGovernor(QueueTable table, double period_seconds);

  std::string_view name() const override { return "queue-table"; }
  // Throws std::invalid_argument when the table is of another number of knobs.
  void reset(const GovernorScope& scope) override;
  // Without an application's telemetry the residents decide.
  Decision decide(const GovernorInput& input) override;
  Period period() const override { return {period_seconds_, false}; }

 private:
  QueueTable table_;
  double period_seconds_;
  std::vector<LevelRange> limits_;
};

}  // namespace flyball
