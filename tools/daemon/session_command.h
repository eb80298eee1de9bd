// What the commands that take a board have in common on their command line.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string_view>

#include "tools/daemon/board_session.h"
#include "tools/daemon/live_line.h"
#include "tools/progress.h"
#include "tools/stop_signals.h"

namespace flyball {

// --config, --root, --wait, --for, --sample, --state, --quiet.
void add_session_options(CLI::App& command, SessionOptions& options);

// --thermal-limit: for what writes.
void add_thermal_option(CLI::App& command, SessionOptions& options);

// --log, --log-limit: a log beside what the session is for.
void add_log_options(CLI::App& command, SessionOptions& options);

// Whether SIGHUP asks for the policy to be read again. It does when it is queued (`flyballd
// reload`) or sent to a process without a terminal (a service); a terminal that closes ends what
// runs in it.
bool asks_to_reload(const StopSignal& signal, bool has_terminal);

// What a session asks and tells while it runs: signals, remarks, a line on a terminal, otherwise
// progress where the end is known.
// Must outlive the session.
class SessionWatch {
 public:
  // `who`: "flyballd run". Where nothing can be read again, SIGHUP ends.
  enum class HangUp : std::uint8_t { kEnds, kMayReload };
  SessionWatch(const char* who, const SessionOptions& options, StopSignals& signals,
               HangUp hang_up = HangUp::kEnds);

  bool stop(double governed_seconds);
  // The policy is to be read again; true once for each time.
  bool take_reload();
  void tell(std::string_view line);
  // Governing begins; then each row, and how many decisions were left to the kernel.
  void begin(const SessionReport& start) { line_.name_knobs(start.turned); }
  void note(const TelemetryRow& row, std::uint64_t fallbacks);
  // Before the report: the line goes.
  void end() { line_.clear(); }
  int signalled() const { return signalled_; }  // 0: no signal came

 private:
  const char* who_;
  bool has_end_;
  Progress progress_;
  LiveLine line_;
  StopSignals& signals_;
  int signalled_ = 0;
  bool can_reload_;
  bool wants_reload_ = false;
};

}  // namespace flyball
