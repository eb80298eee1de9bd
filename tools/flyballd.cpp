// flyballd, the board's governor: runs a policy in the kernel governors' place and gives the clocks
// back as it found them. Small: no LibTorch, nothing allocated per tick.
#include <fmt/format.h>
#include <signal.h>
#include <string.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "env/jetson/backup.h"
#include "tools/commit.h"
#include "tools/console.h"
#include "tools/daemon/govern.h"
#include "tools/daemon/govern_report.h"
#include "tools/exit_codes.h"
#include "tools/preference_options.h"
#include "tools/program.h"
#include "tools/progress.h"
#include "tools/stop_signals.h"

namespace flyball {

namespace {

constexpr const char* kFooter = R"(Examples:
  flyballd run --policy P.flyball                 govern this board until a signal comes
  flyballd run --policy P.flyball --root DIR --for 60
                                                  govern an emulated board for a minute
  flyballd run --policy P.flyball --eta 0.5       weigh latency as much as energy
  flyballd run --policy P.flyball --latency-limit 0.2
                                                  least energy with a mean latency under 0.2 s
  flyballd run --policy P.flyball --dry-run       decide, write nothing
  flyballd restore                                put back what a killed flyballd left behind

Every signal that can be caught ends a run; every file that it may write then reads as before. After
SIGKILL, a crash or a hang a second process gives the clocks back within a second; if it died,
too, `flyballd restore` or the next start does.

Exit codes: 0 ok (a run without --for ends by a signal), 2 wrong command line, 3 wrong policy or
configuration, 4 the board refused or the clocks could not be put back, 130 a run with --for was
ended early by a signal.)";

struct RunOptions {
  GovernOptions govern;
  bool json = false;
};

struct RestoreOptions {
  std::string root = "/";
  std::string state_directory;
  bool json = false;
};

// `signalled`: the signal that came; 0: none.
std::string ending(const GovernReport& report, const GovernOptions& options, int signalled) {
  if (report.loop.handed_back) return "errors";
  if (report.unwatched) return "the watcher's death";
  if (report.loop.finished) return "application finished";
  if (signalled != 0) return fmt::format("SIG{}", sigabbrev_np(signalled));
  return options.for_seconds ? "duration" : "nothing";
}

int exit_code_of(const GovernReport& report, const GovernOptions& options, int signalled) {
  if (!report.restore.succeeded() || report.loop.handed_back || report.unwatched) {
    return kExitRefused;
  }
  if (report.loop.decisions == 0 && report.loop.errors > 0) return kExitRefused;
  const bool cut_short = options.for_seconds && !report.loop.finished && signalled != 0;
  return cut_short ? kExitInterrupted : kExitOk;
}

void tell(std::string_view line) { remark("flyballd run: {}\n", line); }

int run(const RunOptions& options, StopSignals& signals) {
  keep_stdout_for(options.govern.log);
  int signalled = 0;
  Progress progress("flyballd run", options.govern.for_seconds.value_or(0.0));
  const auto on_start = [&](const GovernReport& start) {
    remark("flyballd run: {} {} ({}) by {} ({}), every {:g} s; Ctrl-C gives it back\n",
           start.dry_run ? "watching" : "governing", start.board, fmt::join(start.knobs, ", "),
           options.govern.policy.string(), start.policy_checksum, start.period_seconds);
  };
  const auto stop = [&](double governed_seconds) {
    if (options.govern.for_seconds) progress.update(governed_seconds);
    if (const int number = signals.take()) signalled = number;
    return signalled != 0;
  };
  const GovernReport report = govern(options.govern, {on_start, tell, stop});
  const std::string ended_by = ending(report, options.govern, signalled);
  say("{}", options.json ? to_json(report, ended_by).dump(2) + "\n" : to_text(report, ended_by));
  if (report.unwatched) tell("the process that watches over this one is gone; the kernel governs");
  if (report.loop.refused) {
    remark("flyballd run: {}; the kernel governs\n", report.last_failure);
  } else if (report.loop.handed_back) {
    remark("flyballd run: too many device errors, the last: {}; the kernel governs\n",
           report.last_failure);
  }
  for (const std::string& line : report.restore.remarks) tell(line);
  if (!report.restore.succeeded()) {
    remark("flyballd run: not put back: {}\n", report.restore.failures.front());
  }
  return exit_code_of(report, options.govern, signalled);
}

RestoreReport put_back(const RestoreOptions& options) {
  try {
    return restore_from_backup(options.root, options.state_directory);
  } catch (const std::system_error& error) {
    throw CommandError(kExitRefused, error.what());
  }
}

int restore(const RestoreOptions& options) {
  const RestoreReport report = put_back(options);
  if (options.json) {
    const nlohmann::ordered_json json = {
        {"controls", report.controls}, {"failures", report.failures}, {"remarks", report.remarks}};
    say("{}\n", json.dump(2));
  } else if (report.controls == 0) {
    say("nothing to put back\n");
  } else {
    say("put back {} of {} controls{}\n", report.controls - report.failures.size(), report.controls,
        report.remarks.empty() ? "" : fmt::format("; {} remarks", report.remarks.size()));
  }
  for (const std::string& line : report.remarks) remark("flyballd restore: {}\n", line);
  for (const std::string& failure : report.failures) {
    remark("flyballd restore: {}\n", failure);
  }
  return report.succeeded() ? kExitOk : kExitRefused;
}

void add_run(CLI::App& app, CommandResult& result, StopSignals& signals) {
  auto options = std::make_shared<RunOptions>();
  options->govern.wake_descriptor = signals.descriptor();
  GovernOptions& govern = options->govern;
  CLI::App* command = app.add_subcommand("run", "Govern the board with a policy");
  command->add_option("--policy", govern.policy, "The policy file")
      ->type_name("P.flyball")
      ->required();
  command->add_option("--root", govern.root, "Where the board's files are (default: /)")
      ->type_name("DIR");
  command->add_option("--board", govern.board, "Board, id or file (default: the policy's)");
  command
      ->add_option("--wait", govern.wait_seconds,
                   "For the board's files, where there are none yet; 0: not at all")
      ->type_name("SECONDS")
      ->check(number_in(0.0, 86400.0))
      ->capture_default_str();
  add_preference_options(*command, govern.preference);
  command->add_option("--for", govern.for_seconds, "How long (default: until a signal comes)")
      ->type_name("SECONDS")
      ->check(above_zero());
  command
      ->add_option("--period", govern.period_seconds, "Between decisions (default: the policy's)")
      ->type_name("SECONDS")
      ->check(number_in(0.001, 3600.0));
  command->add_option("--sample", govern.sample_seconds, "Between readings (default: about 0.1)")
      ->type_name("SECONDS")
      ->check(number_in(0.001, 3600.0));
  command
      ->add_option("--state", govern.state_directory,
                   "Where the state to put back is kept (default: run/flyball under the root)")
      ->type_name("DIR");
  command->add_option("--log", govern.log, "Write a telemetry log")->type_name("LOG.csv");
  command->add_flag(
      "!--no-guard", govern.guarded,
      "The policy decides also where requests are late or its limit is not kept (to see\n"
      "that, the guard needs the queue and latencies that the application tells)");
  command->add_flag("--dry-run", govern.dry_run, "Decide and report, write nothing");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->callback([options, &result, &signals] { result.exit_code = run(*options, signals); });
}

void add_restore(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<RestoreOptions>();
  CLI::App* command = app.add_subcommand("restore", "Put back what a killed flyballd left behind");
  command->add_option("--root", options->root, "Where the board's files are (default: /)")
      ->type_name("DIR");
  command
      ->add_option("--state", options->state_directory,
                   "Where the state to put back is kept (default: run/flyball under the root)")
      ->type_name("DIR");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->callback([options, &result] { result.exit_code = restore(*options); });
}

}  // namespace

}  // namespace flyball

int main(int argc, char** argv) {
  using namespace flyball;
  prepare_standard_streams();
  signal(SIGXFSZ, SIG_IGN);  // a file at its limit is an error of write()
  // Whatever somebody sends gives the clocks back; a fault of our own ends the process, and then
  // the watcher does.
  StopSignals signals{SIGINT,    SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2,   SIGALRM,
                      SIGVTALRM, SIGPROF, SIGIO,  SIGXCPU, SIGPWR,  SIGSTKFLT, SIGSYS,
                      SIGABRT,   SIGSEGV, SIGBUS, SIGFPE,  SIGILL,  SIGTRAP};
  CLI::App app(
      "flyballd: governs a Jetson board's clocks with a trained policy, in the kernel governors'\n"
      "place, and gives them back as it found them.",
      "flyballd");
  app.set_version_flag("--version",
                       std::string("flyballd " FLYBALL_VERSION ", commit ") + commit());
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();
  add_configs_option(app);
  CommandResult result;
  add_run(app, result, signals);
  add_restore(app, result);
  return run_program(app, result, argc, argv);
}
