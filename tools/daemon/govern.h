// What `flyballd run` does: check the policy, take the board, govern, give the board back.
//
//   check     the policy file, the board's description, the kernel's tables against both
//   take      the board's lock, a backup of every limit on disk, the watcher process
//   govern    the control loop, until time is up, a signal, or too many errors in a row
//   give back every limit as it was found, or as somebody else has set it meanwhile
//
// One call at a time in a process; it runs on the caller's thread. Until `take` nothing on the
// board is written, and with `dry_run` nothing ever is. The watcher gives the board back where this
// process is killed (tools/daemon/watcher.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "controllers/control_loop.h"
#include "controllers/guard_report.h"
#include "env/jetson/board_controls.h"
#include "env/knob.h"
#include "policies/preference.h"

namespace flyball {

struct GovernOptions {
  std::filesystem::path policy;
  std::filesystem::path root = "/";
  std::filesystem::path state_directory;  // empty: run/flyball under the root
  std::string board;                      // id or file; empty: the one the policy names
  Preference preference;                  // what the policy is asked for
  double wait_seconds = 30.0;             // for the board's files, where there are none yet
  std::optional<double> for_seconds;      // absent: until a signal comes
  std::optional<double> period_seconds;   // absent: the policy's
  std::optional<double> sample_seconds;   // absent: about 0.1 s, a divisor of the period
  std::string log;                        // telemetry log to write; empty: none
  bool guarded = true;                    // by controllers/guard.h
  bool dry_run = false;                   // decide, write nothing
  std::optional<int> wake_descriptor;     // readable: the loop wakes and asks hooks.stop
};

struct GovernReport {
  std::string policy_checksum;
  std::string board;
  std::vector<std::string> knobs;
  double period_seconds = 0.0;
  double sample_seconds = 0.0;
  LoopReport loop;
  std::uint64_t fallbacks = 0;  // decisions left to the kernel's governors for want of telemetry
  std::optional<GuardReport> guard;
  std::vector<double> last_levels;  // the last decision, hertz or requests; empty: none
  bool dry_run = false;
  bool unwatched = false;    // the watcher died or hung, which ended the run
  RestoreReport restore;     // how giving back went; nothing in a dry run
  std::string last_failure;  // "FILE: what went wrong", of the last device error; empty: none
};

struct GovernHooks {
  std::function<void(const GovernReport&)> on_start;  // once, before the first write
  Teller tell;  // hears what an operator should know meanwhile
  // Asked at every tick and after every signal, with the seconds governed so far.
  std::function<bool(double governed_seconds)> stop;
};

// Throws PolicyFileError, DataError, CommandError(kExitRefused) when the board cannot be governed,
// and Interrupted when hooks.stop() says so before there is one. Whatever happens, the clocks have
// been given back when it returns or throws.
GovernReport govern(const GovernOptions& options, const GovernHooks& hooks);

}  // namespace flyball
