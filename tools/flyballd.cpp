// flyballd, the board's governor: runs a policy in the kernel governors' place and gives the clocks
// back as it found them. Small: no LibTorch, nothing allocated per tick. Each command is a file
// pair in tools/daemon.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <string>

#include "tools/commit.h"
#include "tools/console.h"
#include "tools/daemon/explore_command.h"
#include "tools/daemon/restore_command.h"
#include "tools/daemon/run_command.h"
#include "tools/program.h"
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
  flyballd explore --board B --log L.csv          collect data to learn from
  flyballd restore                                put back what a killed flyballd left behind

Every signal that can be caught ends a run; every file that it may write then reads as before. After
SIGKILL, a crash or a hang a second process gives the clocks back within a second; if it died,
too, `flyballd restore` or the next start does.

Exit codes: 0 ok (a run without --for ends by a signal), 2 wrong command line, 3 wrong policy or
configuration, 4 the board refused or the clocks could not be put back, 130 a run with --for was
ended early by a signal.)";

}  // namespace

}  // namespace flyball

int main(int argc, char** argv) {
  using namespace flyball;
  prepare_standard_streams();
  drop_remarks_rather_than_wait();
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
  add_run_command(app, result, signals);
  add_explore_command(app, result, signals);
  add_restore_command(app, result);
  return run_program(app, result, argc, argv);
}
