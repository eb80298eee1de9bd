// flyball, the workstation tool. Each command is a file pair in tools/commands and one line in
// commands().
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "tools/commands/boards_command.h"
#include "tools/commands/emulate_command.h"
#include "tools/commands/evaluate_command.h"
#include "tools/commands/import_command.h"
#include "tools/commands/inspect_command.h"
#include "tools/commands/reproduce_command.h"
#include "tools/commands/simulate_command.h"
#include "tools/commands/train_command.h"
#include "tools/commands/sweep_command.h"
#include "tools/exit_codes.h"
#include "tools/interrupt.h"
#include "tools/nearest_name.h"

namespace flyball {

namespace {

using AddCommand = void (*)(CLI::App& app, CommandResult& result);

// Every command, in the order in which --help shows them.
std::vector<AddCommand> commands() {
  return {
      add_boards_command,
      add_emulate_command,
      add_evaluate_command,
      add_import_command,
      add_inspect_command,
      add_reproduce_command,
      add_simulate_command,
      add_sweep_command,
      add_train_command,
  };
}

constexpr const char* kFooter = R"(The whole way once (tools/quickstart.sh does it):
  flyball simulate --scenario quickstart --duration 7200 -o log.csv
  flyball train quickstart --log log.csv -o P.flyball
  flyball evaluate --scenario quickstart --governors stock,performance,oracle,P.flyball

More examples:
  flyball boards nano-4gb                the tables and power modes of a board
  flyball inspect P.flyball              what a policy file holds and would choose
  flyball COMMAND --help                 what a command wants, with examples

Exit codes: 0 ok, 1 a check did not hold, 2 wrong command line, 3 wrong file or configuration,
4 the board or a device refused, 130 interrupted (what was finished is saved).)";

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

// CLI11 speaks of unexpected arguments; a mistyped command deserves better.
void reject_unknown_command(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  const std::vector<std::string> names = command_names(app);
  const std::string given = argv[1];
  for (const std::string& name : names) {
    if (name == given) return;
  }
  const std::optional<std::string> nearest = nearest_name(given, names);
  throw UsageError(
      nearest ? fmt::format("no command \"{}\"; did you mean \"{}\"?", given, *nearest)
              : fmt::format("no command \"{}\" (there are: {})", given, join_names(names)));
}

// Runs the command line; errors come out as exceptions.
void run(CLI::App& app, int argc, char** argv) {
  reject_unknown_command(app, argc, argv);
  app.parse(argc, argv);
}

int report(const CLI::App& app, int exit_code, const std::string& message) {
  const std::vector<CLI::App*> used = app.get_subcommands();
  const std::string command = used.empty() ? "" : " " + used.front()->get_name();
  fmt::print(stderr, "flyball{}: {}\n", command, message);
  return exit_code;
}

int run_and_report(CLI::App& app, CommandResult& result, int argc, char** argv) {
  try {
    run(app, argc, argv);
    return result.exit_code;
  } catch (const CLI::Success& request) {  // --help, --version
    return app.exit(request);
  } catch (const CLI::ParseError& error) {
    return report(app, kExitUsage, fmt::format("{} (see --help)", error.what()));
  } catch (const CommandError& error) {
    return report(app, error.exit_code(), error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return report(app, kExitBadInput, error.what());
  } catch (const std::system_error& error) {
    return report(app, kExitRefused, error.what());
  } catch (const std::exception& error) {
    return report(app, kExitBadInput, error.what());
  }
}

}  // namespace

}  // namespace flyball

int main(int argc, char** argv) {
  using namespace flyball;
  install_interrupt_handlers();
  CLI::App app(
      "Flyball: a learned frequency governor for NVIDIA Jetson boards.\n"
      "Trains a policy offline from logs, compares it with the kernel's governors, and emulates a\n"
      "board to try it on; flyballd runs it on the board.",
      "flyball");
  app.set_version_flag("--version", "flyball " FLYBALL_VERSION);
  app.set_help_all_flag("--help-all", "Help of all commands");
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option_function<std::string>(
         "--configs",
         [](const std::string& folder) { setenv("FLYBALL_CONFIGS", folder.c_str(), 1); },
         "Folder with boards/, workloads/, scenarios/ (also: environment FLYBALL_CONFIGS)")
      ->type_name("DIR")
      ->trigger_on_parse();
  CommandResult result;
  for (const AddCommand add_command : commands()) add_command(app, result);
  return run_and_report(app, result, argc, argv);
}
