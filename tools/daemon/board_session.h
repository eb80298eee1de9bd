// A board that is taken, governed by somebody and given back: what `flyballd run` and `flyballd
// explore` share.
//
//   take      wait for the board's files, its lock, the guard (tools/guard), then no rights any
//   more govern    the control loop, until time is up, a signal, or too many errors in a row give
//   back every limit as it was found, or as somebody else has set it meanwhile
//
// One call at a time in a process; it runs on the caller's thread. Until the lock is held nothing
// on the board is written, and with `dry_run` nothing ever is. The guard saves, writes and gives
// back; this process only asks, and after the start it has no right to do more.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "controllers/control_loop.h"
#include "env/governor.h"
#include "env/jetson/board_controls.h"
#include "env/jetson/jetson_plant.h"
#include "tools/daemon/status_sink.h"

namespace flyball {

struct SessionOptions {
  std::filesystem::path root = "/";
  std::filesystem::path state_directory;  // empty: run/flyball under the root
  double wait_seconds = 30.0;             // for the board's files, where there are none yet
  std::optional<double> for_seconds;      // absent: until a signal comes
  std::optional<double> sample_seconds;   // absent: about 0.1 s, a divisor of the period
  std::string log;                        // telemetry log to write; empty: none
  std::optional<double> log_megabytes;    // of all its files; absent: one, without an end
  ShieldConfig shield;                    // against heat, in the guard process
  bool quiet = false;                     // no line that shows how it goes
  bool dry_run = false;                   // decide, write nothing
  std::optional<int> wake_descriptor;     // readable: the loop wakes and asks hooks.stop
};

// Who governs, and what of the board has to be there for that.
struct SessionTask {
  Governor& governor;
  std::vector<std::string> knobs;  // to lease, in the governor's order
  double period_seconds = 1.0;     // between decisions
  Board board;
  TelemetryNeeds needs;
  std::vector<KnownTable> tables;
  bool wants_energy = false;                    // a board that shows no power is refused
  std::function<GovernorCounts()> counts = {};  // for `flyballd status`
  // Called once the board is held and before root's rights go; may be empty.
  std::function<void()> prepare = {};
  // Hears every row before the next decision; may be empty.
  std::function<void(const TelemetryRow&)> note_row = {};
  // As LoopConfig::decide_early.
  std::function<std::optional<Decision>(const Telemetry&)> decide_early = {};
};

struct SessionReport {
  std::string board;
  std::vector<std::string> knobs;
  std::vector<Knob> turned;  // the same, with their levels; from on_start on
  double period_seconds = 0.0;
  double sample_seconds = 0.0;
  LoopReport loop;
  bool dry_run = false;
  bool unguarded = false;    // the guard or its watcher died or hung, which ended the run
  RestoreReport restore;     // how giving back went; nothing in a dry run
  std::string last_failure;  // "FILE: what went wrong", of the last device error; empty: none
};

struct SessionHooks {
  std::function<void(const SessionReport&)> on_start;  // once, before the first write
  Teller tell;  // hears what an operator should know meanwhile
  // Asked at every tick and after every signal, with the seconds governed so far.
  std::function<bool(double governed_seconds)> stop;
  // Asked after `stop`: whether the governor is to be made anew. `reload` does it, or throws why it
  // goes on as it is. Both may be empty.
  std::function<bool()> reload_asked = {};
  std::function<void()> reload = {};
  // Hears every row; may be empty.
  std::function<void(const TelemetryRow&)> note_row = {};
};

// What a board's files are waited for; the CPUs' always.
struct AwaitedParts {
  const std::vector<std::string>& knobs;  // that will be turned: the GPU's where it is among them
  bool power = false;                     // chips that measure it
};

// A board's files may be there only later: waits up to options.wait_seconds for them and says so.
// Nothing is made meanwhile. Throws Interrupted when hooks.stop() says so first.
void wait_for_board(const SessionOptions& options, const AwaitedParts& parts,
                    const SessionHooks& hooks);

// Throws DataError, UsageError where period and sample do not fit, CommandError(kExitRefused) when
// the board cannot be governed, and Interrupted when hooks.stop() says so before there is one.
// Whatever happens, the clocks have been given back when it returns or throws.
SessionReport run_session(const SessionOptions& options, SessionTask task,
                          const SessionHooks& hooks);

}  // namespace flyball
