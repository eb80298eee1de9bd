// flyball, the workstation tool. Each command is a file pair in tools/commands and one line in
// commands().
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tools/commands/adapt_command.h"
#include "tools/commands/boards_command.h"
#include "tools/commands/compare_command.h"
#include "tools/commands/dataset_command.h"
#include "tools/commands/doctor_command.h"
#include "tools/commands/emulate_command.h"
#include "tools/commands/evaluate_command.h"
#include "tools/commands/fit_command.h"
#include "tools/commands/import_command.h"
#include "tools/commands/inspect_command.h"
#include "tools/commands/keys_command.h"
#include "tools/commands/merge_command.h"
#include "tools/commands/replay_command.h"
#include "tools/commands/reproduce_command.h"
#include "tools/commands/search_command.h"
#include "tools/commands/simulate_command.h"
#include "tools/commands/sweep_command.h"
#include "tools/commands/trace_command.h"
#include "tools/commands/train_command.h"
#include "tools/commands/twin_command.h"
#include "tools/commands/vision_command.h"
#include "tools/commit.h"
#include "tools/console.h"
#include "tools/exit_codes.h"
#include "tools/help_formatter.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/program_pages.h"

namespace flyball {

namespace {

using AddCommand = void (*)(CLI::App& app, CommandResult& result);

// Every command, in the order in which --help shows them.
std::vector<AddCommand> commands() {
  return {
      add_adapt_command,  add_boards_command,    add_compare_command,  add_dataset_command,
      add_doctor_command, add_emulate_command,   add_evaluate_command, add_fit_command,
      add_import_command, add_inspect_command,   add_keys_command,     add_merge_command,
      add_replay_command, add_reproduce_command, add_search_command,   add_simulate_command,
      add_sweep_command,  add_trace_command,     add_train_command,    add_twin_command,
      add_vision_command,
  };
}

constexpr const char* kFooter = R"(The whole way once (tools/quickstart.sh does it):
  flyball simulate --scenario quickstart --duration 7200 -o log.csv
  flyball train quickstart --log log.csv -o P.flyball
  flyball evaluate --scenario quickstart --governors stock,performance,oracle,P.flyball

More examples:
  flyball boards nano-4gb                the tables and power modes of a board
  flyball dataset quickstart -o D.hdf5   transitions on disk, in Minari's layout
  flyball inspect log.csv                what a log, a policy file or a dataset holds
  flyball help COMMAND                   what a command wants, with examples)";

}  // namespace

}  // namespace flyball

int main(int argc, char** argv) {
  using namespace flyball;
  prepare_standard_streams();
  watch_for_interrupts();
  CLI::App app(
      "Flyball: a learned frequency governor for NVIDIA Jetson boards.\n"
      "Trains a policy offline from logs, compares it with the kernel's governors, and emulates a\n"
      "board to try it on; flyballd runs it on the board.",
      "flyball");
  app.set_version_flag("--version", std::string("flyball " FLYBALL_VERSION ", commit ") + commit());
  app.set_help_all_flag("--help-all", "Help of all commands");
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();
  use_plain_help(app);
  add_configs_option(app);
  CommandResult result;
  for (const AddCommand add_command : commands()) add_command(app, result);
  add_page_commands(app, {1, "flyball " FLYBALL_VERSION, "flyballd(8)"});
  add_exit_codes(app, kExitCodes);
  return run_program(app, result, argc, argv);
}
