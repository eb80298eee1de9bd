// Telemetry rows kept in memory as they come. Not thread-safe.
#pragma once

#include <vector>

#include "env/logs/telemetry_row.h"

namespace flyball {

class RowCollector final : public TelemetrySink {
 public:
  void write(const TelemetryRow& row) override { rows.push_back(row); }
  std::vector<TelemetryRow> rows;
};

}  // namespace flyball
