#include "tools/commands/import_command.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "env/errors.h"
#include "env/logs/importer.h"
#include "tools/config/board_config.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

struct ImportOptions {
  std::string board;
  std::string tegrastats;
  std::string requests;
  std::string output;
  std::string scenario;
  std::string governor = "stock";
  std::optional<int> mode;
  std::optional<double> utc_offset_hours;
  std::optional<double> request_offset_seconds;
  std::optional<double> interval_seconds;
  bool json = false;
};

ordered_json to_json(const ImportReport& report, const TegrastatsLog& tegrastats,
                     const ImportOptions& options) {
  ordered_json json = {{"output", options.output},
                       {"samples", report.samples},
                       {"runs", report.runs},
                       {"span_seconds", report.span_seconds},
                       {"interval_seconds", tegrastats.interval_seconds}};
  if (report.energy_joules) json["energy_joules"] = *report.energy_joules;
  json["failed_lines"] = ordered_json::array();
  for (const TegrastatsFailure& failure : tegrastats.failures) {
    json["failed_lines"].push_back(
        {{"line", failure.line}, {"column", failure.column}, {"reason", failure.reason}});
  }
  if (report.utc_offset_hours) {
    json["requests"] = {{"requests", report.requests},
                        {"served", report.served},
                        {"missed", report.missed},
                        {"timed_out", report.timed_out},
                        {"unfinished", report.unfinished},
                        {"utc_offset_hours", *report.utc_offset_hours},
                        {"utc_offset_estimated", report.utc_offset_estimated},
                        {"request_offset_seconds", *report.request_offset_seconds},
                        {"request_offset_estimated", report.request_offset_estimated},
                        {"request_offset_assumed", report.request_offset_assumed},
                        {"correlation", *report.correlation}};
  }
  json["warnings"] = report.warnings;
  return json;
}

void print(const ImportReport& report, const TegrastatsLog& tegrastats,
           const ImportOptions& options) {
  fmt::print("samples   {} over {:.2f} s, one every {:.1f} ms", report.samples, report.span_seconds,
             tegrastats.interval_seconds * 1e3);
  if (report.runs > 1) fmt::print(", in {} runs", report.runs);
  fmt::print("\n");
  if (report.energy_joules) {
    fmt::print("energy    {:.1f} J, {:.3f} W on average\n", *report.energy_joules,
               *report.energy_joules / report.span_seconds);
  }
  if (report.utc_offset_hours) {
    fmt::print("requests  {}: {} served, {} timed out; {} missed their limit\n", report.requests,
               report.served, report.timed_out, report.missed);
    if (report.unfinished > 0) {
      fmt::print("          {} of them end after the last sample\n", report.unfinished);
    }
    fmt::print("clocks    stamps are UTC{:+g} h ({}); the request clock is {:.2f} s ahead ({})\n",
               *report.utc_offset_hours, report.utc_offset_estimated ? "estimated" : "given",
               *report.request_offset_seconds,
               report.request_offset_assumed ? "assumed"
               : report.request_offset_estimated
                   ? fmt::format("estimated, correlation {:.2f}", *report.correlation)
                   : "given");
  }
  fmt::print("written   {}\n", options.output);
}

void print_problems(const ImportReport& report, const TegrastatsLog& tegrastats,
                    const ImportOptions& options) {
  for (const TegrastatsFailure& failure : tegrastats.failures) {
    fmt::print(stderr, "flyball import: {}:{}:{}: {}; the line is left out\n", options.tegrastats,
               failure.line, failure.column, failure.reason);
  }
  for (const std::string& warning : report.warnings) {
    fmt::print(stderr, "flyball import: {}\n", warning);
  }
}

void run_import(const ImportOptions& options) {
  ImportConfig config;
  config.board = load_board(options.board).board;
  config.mode = options.mode;
  config.utc_offset_hours = options.utc_offset_hours;
  config.request_offset_seconds = options.request_offset_seconds;
  config.governor = options.governor;
  config.scenario = options.scenario.empty()
                        ? std::filesystem::path(options.tegrastats).filename().string()
                        : options.scenario;
  const TegrastatsLog tegrastats =
      read_tegrastats_log(options.tegrastats, options.interval_seconds);
  std::vector<LoggedRequest> requests;
  if (!options.requests.empty()) {
    requests = read_request_log(options.requests);
    if (requests.empty()) throw DataError(options.requests + ": no requests");
  }
  const Import result = import_logs(config, tegrastats, requests);
  write_telemetry_log(options.output, result.log);
  print_problems(result.report, tegrastats, options);
  if (options.json) {
    fmt::print("{}\n", to_json(result.report, tegrastats, options).dump(2));
  } else {
    print(result.report, tegrastats, options);
  }
}

}  // namespace

void add_import_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command =
      app.add_subcommand("import", "Make a telemetry log of tegrastats output and a request log");
  command->add_option("--board", options->board, "Id of a board, or the path of its file")
      ->type_name("BOARD")
      ->required();
  command->add_option("--tegrastats", options->tegrastats, "What tegrastats wrote")
      ->type_name("FILE")
      ->required();
  command->add_option("--requests", options->requests, "CSV, one request per row")
      ->type_name("FILE");
  command->add_option("-o,--output", options->output, "The telemetry log to write")
      ->type_name("LOG.csv")
      ->required();
  command->add_option("--mode", options->mode,
                      "nvpmodel mode of the recording (default: no limits known)");
  command->add_option("--utc-offset", options->utc_offset_hours,
                      "Hours by which the tegrastats stamps are ahead of UTC (default: estimated)");
  command->add_option("--request-offset", options->request_offset_seconds,
                      "Seconds by which the request clock is ahead (default: estimated)");
  command->add_option("--interval", options->interval_seconds,
                      "Seconds between lines; needed where lines carry no time");
  command->add_option("--governor", options->governor, "Who governed, for the log's header")
      ->capture_default_str();
  command->add_option("--scenario", options->scenario,
                      "What was run, for the log's header (default: the file's name)");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(
      "One image is one request; a timed-out one counts in the time in the system and in the\n"
      "misses, not in the served. Lines that do not parse are reported and left out.\n"
      "Examples:\n"
      "  flyball import --board agx-xavier-32gb --tegrastats run.log --requests run.csv -o "
      "run_log.csv\n"
      "  flyball import --board nano-4gb --tegrastats nano.log --interval 0.2 -o nano_log.csv");
  command->callback([options, &result] {
    run_import(*options);
    result.exit_code = kExitOk;
  });
}

}  // namespace flyball
