// What the commands that take a board have in common on their command line.
#pragma once

#include <CLI/CLI.hpp>
#include <string_view>

#include "tools/daemon/board_session.h"
#include "tools/progress.h"
#include "tools/stop_signals.h"

namespace flyball {

// --root, --wait, --for, --sample, --state.
void add_session_options(CLI::App& command, SessionOptions& options);

// What a session asks and tells while it runs: signals, progress where the end is known, remarks.
// Must outlive the session.
class SessionWatch {
 public:
  // `who`: "flyballd run".
  SessionWatch(const char* who, const SessionOptions& options, StopSignals& signals);

  bool stop(double governed_seconds);
  void tell(std::string_view line) const;
  int signalled() const { return signalled_; }  // 0: no signal came

 private:
  const char* who_;
  bool has_end_;
  Progress progress_;
  StopSignals& signals_;
  int signalled_ = 0;
};

}  // namespace flyball
