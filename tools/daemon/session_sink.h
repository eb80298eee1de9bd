// Where the rows of a session go: each is told nvpmodel's mode, and the row in which that changed
// is an episode's last. Not thread-safe; writes allocate nothing but what the log does.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "env/jetson/mode_watch.h"
#include "env/logs/telemetry_log.h"

namespace flyball {

// What each of the modes leaves of the plant's knobs, for the header of a log. Of two modes with
// one id the first counts.
std::vector<ModeLimits> mode_limits(const std::vector<PowerMode>& modes,
                                    const PlantDescription& plant);

class SessionSink final : public TelemetrySink {
 public:
  // `log` and `modes` must outlive this object. `named`: the modes that rows may name; none: rows
  // name no mode.
  SessionSink(TelemetrySink& log, const ModeWatch& modes, const std::vector<ModeLimits>& named);

  void write(const TelemetryRow& row) override;

 private:
  std::optional<std::uint16_t> named(std::optional<int> mode) const;

  TelemetrySink& log_;
  const ModeWatch& modes_;
  std::vector<std::uint16_t> ids_;
  std::optional<int> mode_;  // when the row began
  TelemetryRow marked_;      // its storage is used again and again
};

}  // namespace flyball
