#include "tools/commands/keys_command.h"

#include <memory>
#include <string>

#include "tools/console.h"
#include "tools/training/config_keys.h"

namespace flyball {

namespace {

struct KeysOptions {
  std::string kind;
  bool markdown = false;
};

}  // namespace

void add_keys_command(CLI::App& app, CommandResult&) {
  auto options = std::make_shared<KeysOptions>();
  CLI::App* command =
      app.add_subcommand("keys", "List every key of a kind of configuration, and its range");
  command->add_option("kind", options->kind, "A folder of configs/")
      ->check(CLI::IsMember(config_kinds()))
      ->required();
  command->add_flag("--markdown", options->markdown, "As configs/KIND/KEYS.md");
  command->footer(
      "What is set by --set of another command is named likewise; in a scenario a path may lead "
      "on\n"
      "through a name: board.thermal_model.poll_seconds, workload.boards.nano-4gb.gpu_cycles.\n"
      "Examples:\n"
      "  flyball keys scenarios\n"
      "  flyball keys train --markdown > configs/train/KEYS.md");
  command->callback([options] {
    say("{}", options->markdown ? key_page(options->kind) : help_text(config_keys(options->kind)));
  });
}

}  // namespace flyball
