#include "tools/commands/keys_command.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "env/nearest_name.h"
#include "tools/console.h"
#include "tools/training/config_keys.h"

namespace flyball {

namespace {

struct KeysOptions {
  std::string kind;
  bool markdown = false;
  bool json = false;
};

void list_keys(const KeysOptions& options) {
  const std::vector<FieldText> keys = as_usage([&] { return config_keys(options.kind); });
  if (options.json) {
    const nlohmann::ordered_json json = {{"kind", options.kind}, {"keys", keys_json(keys)}};
    say("{}\n", json.dump(2));
  } else {
    say("{}", options.markdown ? key_page(options.kind) : help_text(keys));
  }
}

}  // namespace

void add_keys_command(CLI::App& app, CommandResult&) {
  auto options = std::make_shared<KeysOptions>();
  CLI::App* command =
      app.add_subcommand("keys", "List every key of a kind of configuration, and its range");
  command
      ->add_option("kind", options->kind,
                   fmt::format("A folder of configs/: {}", join_names(config_kinds())))
      ->type_name("KIND")
      ->required();
  CLI::Option* markdown =
      command->add_flag("--markdown", options->markdown, "As configs/KIND/KEYS.md");
  command->add_flag("--json", options->json, "One JSON document on stdout")->excludes(markdown);
  command->footer(
      "What is set by --set of another command is named likewise; in a scenario a path may lead "
      "on\n"
      "through a name: board.thermal_model.poll_seconds, workload.boards.nano-4gb.gpu_cycles.\n"
      "Examples:\n"
      "  flyball keys scenarios\n"
      "  flyball keys boards --json\n"
      "  flyball keys train --markdown > configs/train/KEYS.md");
  command->callback([options] { list_keys(*options); });
}

}  // namespace flyball
