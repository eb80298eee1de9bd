// What a running daemon says of itself: each row passes through, and once a second a status is
// written (run_folder.h) as one JSON object; its keys are listed in tools/daemon/README.md. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "env/jetson/mode_watch.h"
#include "env/jetson/thermal_shield.h"
#include "env/jetson/throttle_watch.h"
#include "env/logs/telemetry_log.h"
#include "env/plant.h"
#include "tools/daemon/canary_report.h"
#include "tools/daemon/json_line.h"
#include "tools/daemon/run_folder.h"

namespace flyball {

// What a governor tells of itself.
struct GovernorCounts {
  std::uint64_t fallbacks = 0;
  std::optional<double> guarded_share;  // absent: there is no guard
  std::optional<CanaryReport> canary;
};

struct StatusSource {
  const PlantDescription& plant;
  std::vector<std::size_t> knobs;  // that are leased
  std::string governor;
  const ModeWatch& modes;
  std::function<GovernorCounts()> counts;  // may be empty
  bool can_reload = false;
  const ShieldState* shield = nullptr;  // null: nothing is written, so nothing is lowered
};

class StatusSink final : public TelemetrySink {
 public:
  // All must outlive this object; `next` may be null.
  StatusSink(StatusFile& file, StatusSource source, TelemetrySink* next);

  void write(const TelemetryRow& row) override;
  // Until then, on the steady clock, the clocks are the kernel's; absent: not paused.
  void set_pause(std::optional<double> until_seconds) { pause_until_ = until_seconds; }
  // The CPUs that the hardware holds back.
  void set_throttled(const std::vector<ThrottleWatch::Clock>& clocks);
  // The policy was read again, or why it was not; empty: it was.
  void note_reload(const std::string& refusal);
  // The last word.
  void end(const std::string& ended_by);

 private:
  void tell(const TelemetryRow& row);
  void put_knobs(const TelemetryRow& row);
  void put_costs(const TelemetryRow& row);
  void put_thermal();
  const char* state() const;

  StatusFile& file_;
  StatusSource source_;
  std::string zone_;       // told last
  std::string zone_text_;  // the same as JSON
  TelemetrySink* next_;
  std::optional<double> pause_until_;
  std::uint64_t reloads_ = 0;  // tried
  // As JSON has them, made before governing.
  std::string board_;
  std::string governor_;
  std::vector<std::string> knob_names_;
  std::optional<int> told_mode_;
  std::string mode_;
  std::string throttled_ = "[]";
  std::string refusal_ = "null";  // of the last reload
  std::string ended_by_;          // empty: it runs
  JsonLine line_;
  std::optional<double> told_seconds_;
  double seconds_ = 0.0;
  SpanCost since_told_;
  SpanCost whole_;
  TelemetryRow last_;  // its storage is used again and again
};

}  // namespace flyball
