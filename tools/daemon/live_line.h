// One line on a terminal while a board is governed: setting, power, latency, saving against the
// last slice of time in which the kernel decided, decisions that were left to it. It is rewritten
// at most twice a second, without escape sequences, and the cursor stays at its beginning, so that
// whatever else is written takes its place. Not thread-safe.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "env/knob.h"
#include "env/logs/telemetry_row.h"

namespace flyball {

// Where to show; tests give their own.
struct LiveOutput {
  std::FILE* stream = stderr;
  std::optional<bool> is_terminal;      // absent: ask the stream, and TERM
  std::function<double()> now_seconds;  // absent: the steady clock
  std::optional<std::size_t> columns;   // absent: ask the terminal
};

class LiveLine {
 public:
  explicit LiveLine(LiveOutput output = {});
  ~LiveLine() { clear(); }
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

  bool is_on() const { return is_on_; }
  void turn_off() { is_on_ = false; }
  // What the settings of the rows are of.
  void name_knobs(std::vector<Knob> knobs) { knobs_ = std::move(knobs); }
  // Each row, in order; shown when the last one was long ago.
  void note(const TelemetryRow& row);
  // Decisions that were left to the kernel.
  void set_fallbacks(std::uint64_t fallbacks) { fallbacks_ = fallbacks; }
  // Blanks in its place, for something else to be written.
  void clear();

  // Without width or clock: what it says now.
  std::string text() const;

 private:
  // A slice of time under one decider, so far.
  struct Slice {
    SpanCost cost;
    bool is_stock = true;
  };
  std::string setting_text() const;
  std::string saving_text() const;
  void show(double now_seconds);
  std::size_t columns() const;

  LiveOutput output_;
  bool is_on_;
  std::vector<Knob> knobs_;
  std::optional<Slice> slice_;
  std::optional<SpanCost> stock_;  // of the last slice of the kernel's
  SpanCost recent_;                // since it was shown
  std::optional<Setting> setting_;
  std::uint64_t fallbacks_ = 0;
  double seconds_ = 0.0;
  std::optional<double> shown_seconds_;
  std::size_t width_ = 0;  // of what stands there
};

}  // namespace flyball
