#include "tools/daemon/session_command.h"

#include <fcntl.h>
#include <signal.h>

#include <utility>

#include "env/jetson/descriptor.h"
#include "tools/console.h"
#include "tools/option_file.h"
#include "tools/program.h"

namespace flyball {

namespace {

bool has_terminal() {
  return Descriptor(open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)).is_open();
}

}  // namespace

void add_session_options(CLI::App& command, SessionOptions& options) {
  add_config_option(command);
  command.add_option("--root", options.root, "Where the board's files are (default: /)")
      ->type_name("DIR");
  command
      .add_option("--wait", options.wait_seconds,
                  "For the board's files, where there are none yet; 0: not at all")
      ->type_name("SECONDS")
      ->check(number_in(0.0, 86400.0))
      ->capture_default_str();
  command.add_option("--for", options.for_seconds, "How long (default: until a signal comes)")
      ->type_name("SECONDS")
      ->check(above_zero());
  command.add_option("--sample", options.sample_seconds, "Between readings (default: about 0.1)")
      ->type_name("SECONDS")
      ->check(number_in(0.001, 3600.0));
  command
      .add_option("--state", options.state_directory,
                  "Where the state to put back is kept (default: run/flyball under the root)")
      ->type_name("DIR");
  command.add_flag("--quiet", options.quiet, "No line on a terminal that shows how it goes");
}

void add_thermal_option(CLI::App& command, SessionOptions& options) {
  ShieldConfig& shield = options.shield;
  command
      .add_option_function<std::string>(
          "--thermal-limit",
          [&shield](const std::string& text) {
            shield.is_on = text != "off";
            if (shield.is_on) shield.limit_celsius = std::stod(text);
          },
          "Ceilings are lowered while a zone is hotter, in degrees C, or off (default: 5 below "
          "each zone's lowest trip point, where it has one)")
      ->type_name("CELSIUS")
      ->check(CLI::Validator(
          [](std::string& text) {
            return text == "off" ? std::string() : number_in(30.0, 120.0)(text);
          },
          "30 to 120, off"));
}

void add_log_options(CLI::App& command, SessionOptions& options) {
  command.add_option("--log", options.log, "Write a telemetry log")->type_name("LOG.csv");
  command
      .add_option("--log-limit", options.log_megabytes,
                  "Of the log in all: four files, LOG.csv to LOG-4.csv, the oldest of which is "
                  "written anew (default: one file, without a limit)")
      ->type_name("MEGABYTES")
      ->check(number_in(0.1, 1e6));
}

bool asks_to_reload(const StopSignal& signal, bool has_terminal) {
  if (signal.number != SIGHUP) return false;
  return signal.code == SI_QUEUE || (signal.code == SI_USER && !has_terminal);
}

SessionWatch::SessionWatch(const char* who, const SessionOptions& options, StopSignals& signals,
                           HangUp hang_up)
    : who_(who),
      has_end_(options.for_seconds.has_value()),
      progress_(who, options.for_seconds.value_or(0.0)),
      signals_(signals),
      can_reload_(hang_up == HangUp::kMayReload) {
  if (options.quiet) line_.turn_off();
  if (options.quiet || line_.is_on()) has_end_ = false;
}

bool SessionWatch::stop(double governed_seconds) {
  if (has_end_) progress_.update(governed_seconds);
  const StopSignal signal = signals_.take_whole();
  if (can_reload_ && signal.number != 0 && asks_to_reload(signal, has_terminal())) {
    wants_reload_ = true;
  } else if (signal.number != 0) {
    signalled_ = signal.number;
  }
  return signalled_ != 0;
}

bool SessionWatch::take_reload() { return std::exchange(wants_reload_, false); }

void SessionWatch::tell(std::string_view line) {
  line_.clear();
  remark("{}: {}\n", who_, line);
}

void SessionWatch::note(const TelemetryRow& row, std::uint64_t fallbacks) {
  line_.set_fallbacks(fallbacks);
  line_.note(row);
}

}  // namespace flyball
