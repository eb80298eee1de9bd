// flyballd, the board's governor: runs a policy in the kernel governors' place and gives the clocks
// back as it found them. Small: no LibTorch, nothing allocated per tick. Each command is a file
// pair in tools/daemon.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <string>
#include <utility>

#include "tools/commit.h"
#include "tools/console.h"
#include "tools/daemon/explore_command.h"
#include "tools/daemon/probe_command.h"
#include "tools/daemon/restore_command.h"
#include "tools/daemon/run_command.h"
#include "tools/daemon/shadow_command.h"
#include "tools/daemon/status_command.h"
#include "tools/help_formatter.h"
#include "tools/option_file.h"
#include "tools/packaging/install_command.h"
#include "tools/program.h"
#include "tools/program_pages.h"
#include "tools/stop_signals.h"

namespace flyball {

namespace {

constexpr const char* kFooter = R"(Examples:
  flyballd probe                                  what of this board could be governed
  flyballd explore --board nano-4gb --log L.csv   collect data to learn from
  flyballd shadow --policy P.flyball --log L.csv  see what a policy would do, writing nothing
  flyballd run --policy P.flyball                 govern this board until a signal comes
  flyballd status --watch                         what it does, anew every second
  flyballd pause 10m                              leave the clocks to the kernel for a while
  flyballd reload                                 read the policy again, the clocks kept
  flyballd restore                                put back what a killed flyballd left behind
  flyballd install --policy P.flyball             make a service of it
  flyballd COMMAND --help                         what a command wants, with examples

A run without --for ends by a signal, with 0; one with --for that a signal ends early, with 130.)";

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
      "place, and gives them back as it found them, or as others set them meanwhile.",
      "flyballd");
  app.set_version_flag("--version",
                       std::string("flyballd " FLYBALL_VERSION ", commit ") + commit());
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();
  use_plain_help(app);
  add_configs_option(app);
  CommandResult result;
  GivenOptions given;
  add_run_command(app, result, signals, given);
  add_shadow_command(app, result, signals);
  add_explore_command(app, result, signals);
  add_status_commands(app, result, signals);
  add_restore_command(app, result);
  add_probe_command(app, result);
  add_install_commands(app, result);
  add_page_commands(app, {8, "flyball " FLYBALL_VERSION, "flyball(1)"});
  add_exit_codes(app, kExitCodes);
  return run_program(app, result, argc, argv, [&](Words words) {
    given = {words, option_entries(app, words)};
    return with_entries(std::move(words), given.entries);
  });
}
