#include "tools/commands/boards_command.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "env/config/fields_json.h"
#include "tools/config/board_config.h"
#include "tools/config/config_directory.h"
#include "tools/config/set_option.h"
#include "tools/console.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

struct BoardsOptions {
  std::string board;
  std::vector<std::string> assignments;
  bool json = false;
};

ordered_json to_json(const BoardConfig& config) {
  const Board& board = config.board;
  ordered_json json = {
      {"id", board.id}, {"title", board.title}, {"soc", board.soc}, {"cpus", board.cpus}};
  for (const Domain& domain : board.domains) {
    json["domains"].push_back({{"name", domain.name},
                               {"kind", to_string(domain.kind)},
                               {"frequencies_hz", domain.frequencies_hz},
                               {"actuation_seconds", domain.actuation_seconds}});
  }
  json["residents"] = {
      {"cpu", board.cpu_governor}, {"gpu", board.gpu_governor}, {"emc", board.emc_governor}};
  json["rails"] = board.rails;
  for (const std::size_t rail : board.module_rails) json["module"].push_back(board.rails[rail]);
  for (const ThermalZone& zone : board.zones) {
    json["zones"].push_back(fields_to_json<ordered_json>(zone));
  }
  for (const PowerMode& mode : board.modes) {
    json["modes"].push_back(fields_to_json<ordered_json>(mode));
  }
  json["default_mode"] = board.default_mode;
  for (const BoardFiles& files : config.files) json["jetpacks"].push_back(files.jetpack);
  return json;
}

std::string megahertz(const std::optional<double>& value) {
  return value ? fmt::format("{:g}", *value / 1e6) : "-";
}

void print_list() {
  say("{:<18} {:<24} {:>9} {:>9} {:>9}  {}\n", "board", "", "CPU", "GPU", "EMC", "modes");
  for (const std::string& id : list_configs("boards")) {
    const Board board = load_board(id).board;
    say("{:<18} {:<24}", board.id, board.title);
    for (const Knob& knob : board.knobs) {
      say(" {:>9}", fmt::format("{} steps", knob.levels.size()));
    }
    say("  {} (default {} {})\n", board.modes.size(), board.default_mode,
        find_mode(board, board.default_mode).name);
  }
}

void print_modes(const Board& board) {
  say("power modes (nvpmodel; MHz, - is unlimited, * the default)\n");
  say("  {:>3}  {:<18} {:>5} {:>15} {:>17} {:>8}\n", "id", "name", "CPUs", "CPU", "GPU", "EMC");
  for (const PowerMode& mode : board.modes) {
    say("{} {:>3}  {:<18} {:>5} {:>15} {:>17} {:>8}\n", mode.id == board.default_mode ? "*" : " ",
        mode.id, mode.name, mode.cpus_online,
        megahertz(mode.cpu_min_hz) + " .. " + megahertz(mode.cpu_max_hz),
        megahertz(mode.gpu_min_hz) + " .. " + megahertz(mode.gpu_max_hz),
        megahertz(mode.emc_max_hz));
  }
}

void print_board(const Board& board) {
  say("{} ({}): {}, {} CPUs\n\n", board.title, board.id, board.soc, board.cpus);
  say("knobs (MHz)\n");
  for (const Knob& knob : board.knobs) {
    const std::string& resident = knob.name == "cpu"   ? board.cpu_governor
                                  : knob.name == "gpu" ? board.gpu_governor
                                                       : board.emc_governor;
    say("  {}: {} levels, run by {} when nobody leases it\n   ", knob.name, knob.levels.size(),
        resident);
    for (const double level : knob.levels) say(" {:g}", level / 1e6);
    say("\n");
  }
  say("rails:");
  for (const std::string& rail : board.rails) say(" {}", rail);
  say("; the module's power is");
  for (const std::size_t rail : board.module_rails) {
    say("{}{}", rail == board.module_rails.front() ? " " : " + ", board.rails[rail]);
  }
  say("\n");
  say("thermal zones:");
  for (const ThermalZone& zone : board.zones) {
    say(" {}", zone.name);
    if (zone.passive_celsius) say(" (throttles at {:g} C)", *zone.passive_celsius);
  }
  say("\n");
  print_modes(board);
}

void run_boards(const BoardsOptions& options) {
  if (!options.board.empty()) {
    const BoardConfig config = load_board(options.board, board_assignments(options.assignments));
    if (options.json) {
      say("{}\n", to_json(config).dump(2));
    } else {
      print_board(config.board);
    }
  } else if (options.json) {
    ordered_json boards = ordered_json::array();
    for (const std::string& id : list_configs("boards")) boards.push_back(to_json(load_board(id)));
    say("{}\n", ordered_json{{"boards", boards}}.dump(2));
  } else {
    print_list();
  }
}

}  // namespace

void add_boards_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<BoardsOptions>();
  CLI::App* command = app.add_subcommand("boards", "List the boards, or show one");
  command->add_option("board,--board", options->board, "Id of a board, or the path of its file")
      ->type_name("BOARD");
  add_set_option(*command, options->assignments, "board.nvpmodel.default=1");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(
      "Examples:\n"
      "  flyball boards\n"
      "  flyball boards nano-4gb\n"
      "  flyball boards --json xavier-nx-8gb");
  command->callback([options, &result] {
    run_boards(*options);
    result.exit_code = kExitOk;
  });
}

}  // namespace flyball
