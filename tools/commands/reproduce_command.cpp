#include "tools/commands/reproduce_command.h"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "tools/nearest_name.h"
#include "tools/reproduce/ablation_table.h"
#include "tools/reproduce/agent_table.h"
#include "tools/reproduce/bofl.h"
#include "tools/reproduce/changing_table.h"
#include "tools/reproduce/concurrent_table.h"
#include "tools/reproduce/drift_table.h"
#include "tools/reproduce/front_table.h"
#include "tools/reproduce/governors_table.h"
#include "tools/reproduce/loudva_import.h"
#include "tools/reproduce/loudva_policy_table.h"
#include "tools/reproduce/loudva_replay.h"
#include "tools/reproduce/loudva_sweep.h"
#include "tools/reproduce/polythrottle_table.h"
#include "tools/reproduce/reproduction_table.h"
#include "tools/reproduce/rpe_table.h"

namespace flyball {

namespace {

struct ReproduceOptions {
  std::string table;
  std::string data;
  std::string cells = "all";
  std::string plot;
  std::optional<std::uint64_t> seeds;
  unsigned threads = 2;
  bool quick = false;
  bool json = false;
};

using AddRows = void (*)(const ReproduceOptions& options, ReproductionTable& table);

enum class Effort : std::uint8_t { kSeconds, kTraining };  // training takes minutes
enum class Needs : std::uint8_t { kNothing, kMeasurements };

struct TablePart {
  AddRows add_rows;
  Effort effort;
};

// Every table with its parts, in order. A part is a file pair in tools/reproduce and one line here.
struct TableParts {
  const char* name;
  Needs needs;
  std::vector<TablePart> parts;
};

// A part that reads measurements and needs nothing else.
template <void (*add_rows)(const std::filesystem::path& data, ReproductionTable& table)>
void from_data(const ReproduceOptions& options, ReproductionTable& table) {
  add_rows(options.data, table);
}

void agent_cells(const ReproduceOptions& options, ReproductionTable& table) {
  const bool quick = options.quick || options.cells == "quick";
  reproduce_agent_cells(quick ? AgentCells::kQuick : AgentCells::kAll, options.threads, table);
}

void rpe(const ReproduceOptions& options, ReproductionTable& table) {
  reproduce_rpe(options.threads, table);
}

void drift(const ReproduceOptions& options, ReproductionTable& table) {
  reproduce_drift(options.quick ? DriftPairs::kQuick : DriftPairs::kSeparating, options.threads,
                  table);
}

void governors(const ReproduceOptions& /*options*/, ReproductionTable& table) {
  reproduce_governors(table);
}

void polythrottle(const ReproduceOptions& options, ReproductionTable& table) {
  reproduce_polythrottle(options.threads, table);
}

void concurrent(const ReproduceOptions& options, ReproductionTable& table) {
  ConcurrentOptions own;
  own.effort = options.quick ? ConcurrentEffort::kQuick : ConcurrentEffort::kAll;
  own.threads = options.threads;
  if (!options.plot.empty()) own.plot = options.plot;
  reproduce_concurrent(own, table);
}

void changing(const ReproduceOptions& options, ReproductionTable& table) {
  reproduce_changing(options.quick ? ChangingEffort::kQuick : ChangingEffort::kAll, options.threads,
                     table);
}

void ablation(const ReproduceOptions& options, ReproductionTable& table) {
  AblationOptions own;
  if (options.quick) own.effort = AblationOptions::Effort::kQuick;
  own.seeds = options.seeds;
  own.threads = options.threads;
  reproduce_ablation(own, table);
}

void front(const ReproduceOptions& options, ReproductionTable& table) {
  FrontOptions own;
  own.effort = options.quick ? FrontEffort::kQuick : FrontEffort::kAll;
  own.threads = options.threads;
  if (!options.plot.empty()) own.plot = options.plot;
  reproduce_front(own, table);
}

std::vector<TableParts> tables() {
  return {
      {"bofl", Needs::kMeasurements, {{from_data<reproduce_bofl>, Effort::kSeconds}}},
      {"loudva",
       Needs::kMeasurements,
       {
           {from_data<reproduce_loudva_import>, Effort::kSeconds},
           {from_data<reproduce_loudva_replays>, Effort::kSeconds},
           {from_data<reproduce_loudva_sweep>, Effort::kSeconds},
           {from_data<reproduce_loudva_policy>, Effort::kTraining},
       }},
      {"rpe", Needs::kNothing, {{rpe, Effort::kSeconds}}},
      {"governors", Needs::kNothing, {{governors, Effort::kSeconds}}},
      {"polythrottle", Needs::kNothing, {{polythrottle, Effort::kSeconds}}},
      {"agent", Needs::kNothing, {{agent_cells, Effort::kSeconds}}},
      {"concurrent", Needs::kNothing, {{concurrent, Effort::kSeconds}}},
      {"changing", Needs::kNothing, {{changing, Effort::kSeconds}}},
      {"ablation", Needs::kNothing, {{ablation, Effort::kSeconds}}},
      {"front", Needs::kNothing, {{front, Effort::kSeconds}}},
      {"drift", Needs::kNothing, {{drift, Effort::kSeconds}}},
  };
}

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
  if (parts.needs == Needs::kMeasurements) {
    if (options.data.empty()) {
      throw UsageError(fmt::format("the table {} needs --data DIR", options.table));
    }
    if (!std::filesystem::is_directory(options.data)) {
      skip(options);
      return kExitOk;
    }
  }
  ReproductionTable table(options.table);
  try {
    for (const TablePart& part : parts.parts) {
      if (options.quick && part.effort == Effort::kTraining) continue;
      part.add_rows(options, table);
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
      app.add_subcommand("reproduce", "Set published, measured or asked figures beside ours");
  command
      ->add_option("table", options->table,
                   "Which figures: rpe, governors, polythrottle, bofl, loudva, agent, concurrent, "
                   "changing, ablation, front, drift")
      ->type_name("TABLE")
      ->required();
  command
      ->add_option("--data", options->data, "Folder of the measurements, for tables that need them")
      ->type_name("DIR");
  command
      ->add_option("--cells", options->cells,
                   "agent: all 18 cells, or quick: the hardest of each board")
      ->check(CLI::IsMember({"all", "quick"}))
      ->capture_default_str();
  command->add_option("--plot", options->plot, "concurrent, front: write the curves as SVG")
      ->type_name("FILE");
  command->add_option("--seeds", options->seeds, "ablation: seeds per arm, instead of 3")
      ->check(CLI::Range(1, 1000));
  command->add_option("--threads", options->threads, "Threads; the figures do not depend on them")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_flag("--quick", options->quick, "Leave out what takes minutes");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(
      "Exits with 1 if a figure does not hold. The measurements are not part of Flyball; where "
      "the\n"
      "folder is absent the table is skipped, with a message and exit code 0.\n"
      "Examples:\n"
      "  flyball reproduce rpe\n"
      "  flyball reproduce polythrottle\n"
      "  flyball reproduce bofl --data DIR\n"
      "  flyball reproduce loudva --data DIR\n"
      "  flyball reproduce agent --cells quick\n"
      "  flyball reproduce concurrent --plot concurrent.svg\n"
      "  flyball reproduce changing --quick\n"
      "  flyball reproduce front --plot front.svg\n"
      "  flyball reproduce drift --quick");
  command->callback([options, &result] { result.exit_code = run_reproduce(*options); });
}

}  // namespace flyball
