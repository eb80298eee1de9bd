#include "tools/daemon/session_command.h"

#include "tools/console.h"
#include "tools/program.h"

namespace flyball {

void add_session_options(CLI::App& command, SessionOptions& options) {
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
}

SessionWatch::SessionWatch(const char* who, const SessionOptions& options, StopSignals& signals)
    : who_(who),
      has_end_(options.for_seconds.has_value()),
      progress_(who, options.for_seconds.value_or(0.0)),
      signals_(signals) {}

bool SessionWatch::stop(double governed_seconds) {
  if (has_end_) progress_.update(governed_seconds);
  if (const int number = signals_.take()) signalled_ = number;
  return signalled_ != 0;
}

void SessionWatch::tell(std::string_view line) const { remark("{}: {}\n", who_, line); }

}  // namespace flyball
