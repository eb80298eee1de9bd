#include "tools/daemon/probe_command.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "env/excerpt.h"
#include "env/jetson/directory_scan.h"
#include "env/printable.h"
#include "tools/console.h"
#include "tools/daemon/board_choice.h"
#include "tools/daemon/trusted_board.h"
#include "tools/stop_signals.h"

namespace flyball {

namespace {

constexpr const char* kFooter =
    R"(Only reads. Run it as root to see what flyballd would be allowed to do: the memory clock's files
and the clocks' limits are root's. A clock can be governed where its files take a value and the
minimum is below the maximum. Without --board the described board whose tables fit best is taken.

Examples:
  sudo flyballd probe
  flyballd probe --root DIR --json)";

struct ProbeOptions {
  std::string root = "/";
  std::string board;
  bool json = false;
};

std::string megahertz(const std::optional<double>& hertz) {
  return hertz ? fmt::format("{:g}", *hertz / 1e6) : "-";
}

std::string number(const std::optional<double>& value, const char* unit) {
  return value ? fmt::format("{:.4g} {}", *value, unit) : "not read";
}

std::string clocks_text(const BoardProbe& probe) {
  std::string text = fmt::format("{:<8} {:>8} {:>8} {:>8} {:>7}  {:<16} {}\n", "clock", "MHz",
                                 "min", "max", "levels", "kernel's", "can be governed");
  for (const ProbedClock& clock : probe.clocks) {
    text += fmt::format("{:<8} {:>8} {:>8} {:>8} {:>7}  {:<16} {}\n", clock.name,
                        megahertz(clock.running_hz), megahertz(clock.floor_hz),
                        megahertz(clock.ceiling_hz),
                        clock.listed_hz.empty() ? "-" : fmt::format("{}", clock.listed_hz.size()),
                        clock.governor.empty() ? "-" : excerpt(clock.governor),
                        clock.obstacle.empty() ? "yes" : "no: " + clock.obstacle);
    for (const std::string& difference : clock.differences) {
      text += fmt::format("         not as described: {}\n", difference);
    }
  }
  return text;
}

std::string sensors_text(const BoardProbe& probe) {
  std::string text = fmt::format("power    {} for the module\n", number(probe.module_watts, "W"));
  for (const ProbedRail& rail : probe.rails) {
    text += fmt::format("         {:<20} {}{}\n", rail.name, number(rail.watts, "W"),
                        rail.is_of_module ? ", of the module" : "");
  }
  text += "zones   ";
  for (const ProbedZone& zone : probe.zones) {
    text += fmt::format(" {} {}", zone.name, number(zone.celsius, "C"));
    text += &zone == &probe.zones.back() ? "" : ",";
  }
  return text + (probe.zones.empty() ? " none described\n" : "\n");
}

std::string application_text(const BoardProbe& probe) {
  if (probe.application_way == ApplicationWay::kNone) {
    return "requests no application reports them: a policy that observes them cannot run\n";
  }
  const std::string by = describe(probe.application_way, probe.application_file);
  if (probe.batch_levels.empty()) return by + "; no batch size can be asked for\n";
  return fmt::format("{}; batch sizes {:g}\n", by, fmt::join(probe.batch_levels, ", "));
}

BoardProbe probe(const ProbeOptions& options) {
  if (options.board.empty()) return probe_all(options.root).front().probe;
  const BoardConfig config = load_trusted_config(options.board);
  try {
    return probe_board(root_text(options.root), config.board, config.identity);
  } catch (const std::runtime_error& error) {
    throw CommandError(kExitRefused, error.what());
  }
}

}  // namespace

std::string to_text(const BoardProbe& probe) {
  std::string text = fmt::format("board    {}{}, {}\n",
                                 probe.misfits() == 0 ? "" : "none that is described; nearest ",
                                 probe.board, probe.title);
  if (!probe.model.empty()) text += fmt::format("model    {}\n", excerpt(probe.model));
  if (!probe.modules.empty()) {
    text += fmt::format("module   {}{}\n", fmt::join(probe.modules, ", "),
                        probe.is_its_module ? "" : ", not one of the description");
  }
  if (!probe.unconfirmed.empty()) {
    text += fmt::format("unconfirmed in the description: {}\n", fmt::join(probe.unconfirmed, ", "));
  }
  if (probe.mode) {
    text += fmt::format("mode     {} {}\n", *probe.mode,
                        probe.mode_name.empty() ? "(not described)" : probe.mode_name);
  }
  text += clocks_text(probe) + sensors_text(probe) + application_text(probe);
  if (probe.is_governed) text += "state    a flyballd governs it\n";
  if (!probe.left_state.empty()) {
    text +=
        fmt::format("state    {}: a flyballd that was killed left its clocks; flyballd restore\n",
                    probe.left_state);
  }
  for (const std::string& problem : probe.problems) text += fmt::format("problem  {}\n", problem);
  return text;
}

nlohmann::ordered_json to_json(const BoardProbe& probe) {
  const auto or_null = [](const auto& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
  };
  nlohmann::ordered_json json = {{"board", probe.board},
                                 {"fits", probe.misfits() == 0},
                                 {"model", printable(probe.model)},
                                 {"modules", probe.modules},
                                 {"its_module", probe.is_its_module},
                                 {"unconfirmed", probe.unconfirmed},
                                 {"mode", or_null(probe.mode)}};
  json["clocks"] = nlohmann::ordered_json::array();
  for (const ProbedClock& clock : probe.clocks) {
    json["clocks"].push_back({{"name", clock.name},
                              {"files", clock.files},
                              {"governor", printable(clock.governor)},
                              {"running_hz", or_null(clock.running_hz)},
                              {"floor_hz", or_null(clock.floor_hz)},
                              {"ceiling_hz", or_null(clock.ceiling_hz)},
                              {"listed_hz", clock.listed_hz},
                              {"unconfirmed", clock.is_unconfirmed},
                              {"differences", clock.differences},
                              {"can_be_governed", clock.obstacle.empty()},
                              {"obstacle", clock.obstacle}});
  }
  json["module_watts"] = or_null(probe.module_watts);
  json["rails"] = nlohmann::ordered_json::array();
  for (const ProbedRail& rail : probe.rails) {
    json["rails"].push_back(
        {{"name", rail.name}, {"watts", or_null(rail.watts)}, {"of_module", rail.is_of_module}});
  }
  json["zones"] = nlohmann::ordered_json::array();
  for (const ProbedZone& zone : probe.zones) {
    json["zones"].push_back({{"name", zone.name}, {"celsius", or_null(zone.celsius)}});
  }
  json["application"] = probe.application_way != ApplicationWay::kNone;
  json["application_link"] = probe.application_way == ApplicationWay::kLink;
  json["application_file"] = probe.application_file;
  json["batch_levels"] = probe.batch_levels;
  json["governed"] = probe.is_governed;
  json["left_state"] = probe.left_state;
  json["problems"] = probe.problems;
  return json;
}

void add_probe_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<ProbeOptions>();
  CLI::App* command =
      app.add_subcommand("probe", "Show what of this board could be governed, and why not");
  command->add_option("--root", options->root, "Where the board's files are (default: /)")
      ->type_name("DIR");
  command->add_option("--board", options->board, "Board, id or file (default: the one that fits)")
      ->type_name("BOARD");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(kFooter);
  command->callback([options, &result] {
    unblock_signals();  // nothing is held; a file that never answers must not keep Ctrl-C away
    const BoardProbe found = probe(*options);
    say("{}", options->json ? to_json(found).dump(2) + "\n" : to_text(found));
    result.exit_code = kExitOk;
  });
}

}  // namespace flyball
