#include "tools/commands/reproduce_command.h"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "tools/nearest_name.h"
#include "tools/reproduce/loudva_import.h"
#include "tools/reproduce/loudva_policy.h"
#include "tools/reproduce/loudva_replay.h"
#include "tools/reproduce/reproduction_table.h"

namespace flyball {

namespace {

using AddRows = void (*)(const std::filesystem::path& data, ReproductionTable& table);

enum class Effort : std::uint8_t { kSeconds, kTraining };  // training takes minutes

struct TablePart {
  AddRows add_rows;
  Effort effort;
};

// Every table with its parts, in order. A part is a file pair in tools/reproduce and one line here.
struct TableParts {
  const char* name;
  std::vector<TablePart> parts;
};

std::vector<TableParts> tables() {
  return {
      {"loudva",
       {
           {reproduce_loudva_import, Effort::kSeconds},
           {reproduce_loudva_replays, Effort::kSeconds},
           {reproduce_loudva_policy, Effort::kTraining},
       }},
  };
}

struct ReproduceOptions {
  std::string table;
  std::string data;
  bool quick = false;
  bool json = false;
};

TableParts find_table(const std::string& name) {
  std::vector<std::string> known;
  for (TableParts& table : tables()) {
    if (table.name == name) return std::move(table);
    known.emplace_back(table.name);
  }
  throw UsageError(fmt::format("no table \"{}\" (there are: {})", name, join_names(known)));
}

// The measurements are not part of Flyball: without them there is nothing to compare with.
void skip(const ReproduceOptions& options) {
  const std::string why =
      fmt::format("{}: no such folder, so the table {} is skipped: nothing was compared",
                  options.data, options.table);
  if (options.json) {
    const nlohmann::ordered_json json = {
        {"table", options.table}, {"rows", nlohmann::json::array()}, {"skipped", why}};
    fmt::print("{}\n", json.dump(2));
  }
  fmt::print(stderr, "flyball reproduce: {}\n", why);
}

int run_reproduce(const ReproduceOptions& options) {
  const TableParts parts = find_table(options.table);
  if (!std::filesystem::is_directory(options.data)) {
    skip(options);
    return kExitOk;
  }
  ReproductionTable table(options.table);
  try {
    for (const TablePart& part : parts.parts) {
      if (options.quick && part.effort == Effort::kTraining) continue;
      part.add_rows(options.data, table);
    }
  } catch (const std::system_error& error) {
    throw InputError(error.what());
  }
  if (options.json) {
    fmt::print("{}\n", table.to_json().dump(2));
  } else {
    fmt::print("{}", table.to_text());
  }
  return table.holds() ? kExitOk : kExitFailed;
}

}  // namespace

void add_reproduce_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<ReproduceOptions>();
  CLI::App* command =
      app.add_subcommand("reproduce", "Set figures measured on real boards beside ours");
  command->add_option("table", options->table, "Which figures: loudva")
      ->type_name("TABLE")
      ->required();
  command->add_option("--data", options->data, "Folder of the measurements")
      ->type_name("DIR")
      ->required();
  command->add_flag("--quick", options->quick, "Leave out what trains policies (minutes)");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(
      "Exits with 1 if a figure does not hold. The measurements are not part of Flyball; where "
      "the\n"
      "folder is absent the table is skipped, with a message and exit code 0.\n"
      "Example:\n"
      "  flyball reproduce loudva --data ../shared/data/loudva");
  command->callback([options, &result] { result.exit_code = run_reproduce(*options); });
}

}  // namespace flyball
