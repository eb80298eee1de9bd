#include "tools/commands/import_command.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "env/errors.h"
#include "env/logs/board_csv.h"
#include "env/logs/importer.h"
#include "env/logs/time_stamp.h"
#include "env/output_file.h"
#include "env/text_file.h"
#include "tools/config/board_config.h"
#include "tools/config/config_directory.h"
#include "tools/config/set_option.h"
#include "tools/console.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/separate_output.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

struct ImportOptions {
  std::string board;
  std::vector<std::string> assignments;
  std::string tegrastats;
  std::string requests;
  std::string output;
  std::string scenario;
  std::string governor = "stock";
  std::optional<int> mode;
  std::optional<double> utc_offset_hours;
  std::optional<double> request_offset_seconds;
  std::string interval;
  std::string start;
  std::vector<std::string> columns;
  bool force = false;
  bool json = false;
};

ordered_json to_json(const ImportReport& report, const TegrastatsLog& tegrastats,
                     const ImportOptions& options) {
  ordered_json json = {{"output", options.output},
                       {"samples", report.samples},
                       {"runs", report.runs},
                       {"span_seconds", report.span_seconds},
                       {"interval_seconds", tegrastats.interval_seconds}};
  if (report.energy_joules) {
    json["energy_joules"] = *report.energy_joules;
    json["powered_seconds"] = report.powered_seconds;
  }
  json["failed_lines"] = ordered_json::array();
  for (const TegrastatsFailure& failure : tegrastats.failures) {
    json["failed_lines"].push_back(
        {{"line", failure.line}, {"column", failure.column}, {"reason", failure.reason}});
  }
  json["unknown_tokens"] = ordered_json::array();
  for (const TegrastatsUnknown& unknown : tegrastats.unknown) {
    json["unknown_tokens"].push_back(
        {{"name", unknown.name}, {"lines", unknown.lines}, {"first_line", unknown.first_line}});
  }
  if (report.utc_offset_hours) {
    json["requests"] = {{"requests", report.requests},
                        {"served", report.served},
                        {"missed", report.missed},
                        {"timed_out", report.timed_out},
                        {"unfinished", report.unfinished},
                        {"unlogged", report.unlogged},
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
  say("samples   {} over {:.2f} s, one every {:.1f} ms", report.samples, report.span_seconds,
      tegrastats.interval_seconds * 1e3);
  if (report.runs > 1) say(", in {} runs", report.runs);
  say("\n");
  if (report.energy_joules) {
    say("energy    {:.1f} J, {:.3f} W on average\n", *report.energy_joules,
        *report.energy_joules / report.powered_seconds);
  }
  if (report.utc_offset_hours) {
    say("requests  {}: {} served, {} timed out; {} missed their limit\n", report.requests,
        report.served, report.timed_out, report.missed);
    if (report.unfinished > 0) {
      say("          {} of them end after the last sample\n", report.unfinished);
    }
    say("clocks    stamps are UTC{:+g} h ({}); the request clock is {:.2f} s ahead ({})\n",
        *report.utc_offset_hours, report.utc_offset_estimated ? "estimated" : "given",
        *report.request_offset_seconds,
        report.request_offset_assumed ? "assumed"
        : report.request_offset_estimated
            ? fmt::format("estimated, correlation {:.2f}", *report.correlation)
            : "given");
  }
  say("written   {}\n", options.output);
}

void print_problems(const ImportReport& report, const TegrastatsLog& tegrastats,
                    const ImportOptions& options) {
  std::map<std::string, std::vector<const TegrastatsFailure*>> by_reason;
  for (const TegrastatsFailure& failure : tegrastats.failures) {
    by_reason[failure.reason].push_back(&failure);
  }
  for (const auto& [reason, failures] : by_reason) {
    const TegrastatsFailure& first = *failures.front();
    const std::string count = failures.size() == 1
                                  ? "the line is left out"
                                  : fmt::format("{} such lines are left out", failures.size());
    remark("flyball import: {}:{}:{}: {}; {}\n", options.tegrastats, first.line, first.column,
           reason, count);
  }
  for (const TegrastatsUnknown& unknown : tegrastats.unknown) {
    remark("flyball import: {}:{}: {} is not understood and not used ({} of {} lines)\n",
           options.tegrastats, unknown.first_line, unknown.name, unknown.lines,
           tegrastats.samples.size());
  }
  for (const std::string& warning : report.warnings) {
    remark("flyball import: {}\n", warning);
  }
}

// "200ms", "0.2s", "1": seconds where no unit is given and it can be nothing else.
std::optional<double> interval_seconds(const std::string& text) {
  if (text.empty()) return std::nullopt;
  constexpr double kMostWithoutUnit = 60.0;
  constexpr double kLeastSeconds = 1e-3;
  constexpr double kMostSeconds = 86400.0;
  double value = 0.0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  const std::string_view unit(parsed.ptr, static_cast<std::size_t>(end - parsed.ptr));
  const bool is_known = unit.empty() || unit == "s" || unit == "ms";
  const double seconds = unit == "ms" ? value / 1e3 : value;
  const bool is_inside = seconds >= kLeastSeconds && seconds <= kMostSeconds;
  if (parsed.ec != std::errc() || !is_known || !is_inside) {
    throw UsageError(fmt::format(
        "--interval {}: expected a time from 1ms to 86400s, as in 200ms or 0.2s", text));
  }
  if (unit.empty() && value > kMostWithoutUnit) {
    throw UsageError(fmt::format("--interval {}: write {}ms or {}s", text, text, text));
  }
  return seconds;
}

std::optional<double> start_seconds(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const std::optional<TimeStamp> stamp = parse_time_stamp(text);
  if (!stamp || (stamp->kind != StampKind::kUtc && stamp->kind != StampKind::kLocal)) {
    throw UsageError(fmt::format(
        "--start {}: expected epoch seconds or ISO 8601, as in 2021-01-27T00:03:20Z", text));
  }
  return stamp->seconds;
}

std::vector<BoardColumn> board_columns(const std::vector<std::string>& told) {
  std::vector<BoardColumn> columns;
  for (const std::string& text : told) {
    if (!is_board_column(text)) continue;
    try {
      columns.push_back(parse_board_column(text));
    } catch (const std::invalid_argument& error) {
      throw UsageError(error.what());
    }
  }
  return columns;
}

// What the board recorded: tegrastats' output, or a table.
BoardCsv read_board_log(const ImportOptions& options, const Board& board) {
  const TegrastatsOptions times{interval_seconds(options.interval), start_seconds(options.start)};
  // Read once: it may be a pipe.
  std::string text = read_text_file(options.tegrastats);
  if (is_tegrastats(text)) return {parse_tegrastats_log(options.tegrastats, text, times), {}};
  return parse_board_csv(options.tegrastats, std::move(text), board, board_columns(options.columns),
                         times);
}

std::vector<RequestColumn> request_columns(const std::vector<std::string>& told) {
  std::vector<RequestColumn> columns;
  for (const std::string& text : told) {
    if (is_board_column(text)) continue;
    try {
      columns.push_back(parse_request_column(text));
    } catch (const std::invalid_argument& error) {
      throw UsageError(error.what());
    }
  }
  return columns;
}

struct Joined {
  BoardCsv board;
  Import result;
};

Joined read_and_join(const ImportOptions& options, const ImportConfig& config) {
  Joined joined;
  joined.board = read_board_log(options, config.board);
  RequestLog requests;
  if (!options.requests.empty()) {
    requests = read_request_log(options.requests, request_columns(options.columns));
  }
  joined.result = import_logs(config, joined.board.log, requests.requests);
  std::vector<std::string>& warnings = joined.result.report.warnings;
  const auto tell = [&](const std::string& file, const std::vector<std::string>& notes) {
    for (const std::string& note : notes) warnings.push_back(fmt::format("{}: {}", file, note));
  };
  tell(options.tegrastats, joined.board.log.notes);
  tell(options.tegrastats, joined.board.notes);
  tell(options.requests, requests.notes);
  return joined;
}

void run_import(const ImportOptions& options) {
  require_separate(options.output, {options.tegrastats, options.requests,
                                    find_config("boards", options.board).string()});
  require_writable(options.output);
  keep_stdout_for(options.output);
  ImportConfig config;
  config.board = load_board(options.board, board_assignments(options.assignments)).board;
  for (const std::string& id : list_configs("boards")) {
    config.known_boards.push_back(load_board(id).board);
  }
  config.mode = options.mode;
  config.force = options.force;
  config.utc_offset_hours = options.utc_offset_hours;
  config.request_offset_seconds = options.request_offset_seconds;
  config.governor = options.governor;
  config.scenario = options.scenario.empty()
                        ? std::filesystem::path(options.tegrastats).filename().string()
                        : options.scenario;
  const Joined joined = with_nothing_to_keep([&] { return read_and_join(options, config); });
  const TegrastatsLog& tegrastats = joined.board.log;
  const Import& result = joined.result;
  write_telemetry_log(options.output, result.log);
  print_problems(result.report, tegrastats, options);
  if (options.json) {
    say("{}\n", to_json(result.report, tegrastats, options).dump(2));
  } else {
    print(result.report, tegrastats, options);
  }
}

constexpr const char* kFooterBegin =
    R"(One image is one request; a timed-out one counts in the time in the system and in the misses, not
in the served. Lines that do not parse are reported and left out.
Examples:
  flyball import --board agx-xavier-32gb --tegrastats run.log --requests run.csv -o run_log.csv
  flyball import --board nano-4gb --tegrastats nano.log --interval 200ms -o nano_log.csv
  flyball import --board tx2-8gb --tegrastats tx2.log --interval 1s --requests run.csv
    --start 2021-01-27T00:03:20Z -o tx2_log.csv
JetPack 3 and 4 print no time. Put one before each line, and requests can be joined:
  tegrastats --interval 200 | ts '%.s' > run.log
Read are epoch seconds (also ms), ISO 8601, [HH:MM:SS] and what date, ts and journald write.
Requests need arrival and completion, or the latency and one of them; the rest may be absent.
Units of times: s, ms, us, ns, iso (default: epochs by their size); of timed_out: flag (true:
given up), ok (true: served), http (a status). Columns with these names need no --column, also
with a unit behind (start_ms):
)";

constexpr const char* kFooterEnd =
    R"(  flyball import --board nano-4gb --tegrastats run.log --requests r.csv
    --column arrival=t0:ms --column latency=took:us -o log.csv
A board's CSV (jtop's logger, parsed tegrastats, ...) has the roles time (s, ms, us, ns, iso),
cpu, gpu, emc (Hz, kHz, MHz, GHz), load.cpu, load.gpu, load.emc (%, 1), power.RAIL (W, mW) and
temp.ZONE (C, mC); usual names are recognised and said. jtop's logger holds no clocks.
  flyball import --board agx-orin-64gb --board-log wide.csv --column time=t:ms
    --column gpu=clk:MHz --column load.gpu=util:% --column power.VDD_GPU_SOC=p:mW -o log.csv)";

void add_files(CLI::App& command, ImportOptions& options) {
  command.add_option("--board", options.board, "Id of a board, or the path of its file")
      ->type_name("BOARD")
      ->required();
  add_set_option(command, options.assignments, "board.power.module=VDD_IN");
  command
      .add_option("--tegrastats,--board-log", options.tegrastats,
                  "What tegrastats wrote, or a CSV of the board's readings")
      ->type_name("FILE")
      ->required();
  command.add_option("--requests", options.requests, "CSV or JSON lines, one request per row")
      ->type_name("FILE");
  command.add_option("-o,--output", options.output, "The telemetry log to write")
      ->type_name("LOG.csv")
      ->required();
}

void add_recording(CLI::App& command, ImportOptions& options) {
  command
      .add_option("--mode", options.mode,
                  "nvpmodel mode of the recording (default: no limits known)")
      ->check(whole_in(0, 65535));
  command
      .add_option("--utc-offset", options.utc_offset_hours,
                  "Hours by which the tegrastats stamps are ahead of UTC (default: estimated)")
      ->check(number_in(-24.0, 24.0));
  command
      .add_option("--request-offset", options.request_offset_seconds,
                  "Seconds by which the request clock is ahead (default: estimated)")
      ->check(number_in(-1e10, 1e10));
  command
      .add_option("--interval", options.interval,
                  "Between lines, where they carry no time: 200ms, 0.2s")
      ->type_name("TIME");
  command
      .add_option("--start", options.start,
                  "When the first line was written: epoch seconds or ISO 8601")
      ->type_name("TIME");
}

}  // namespace

void add_import_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command =
      app.add_subcommand("import", "Make a telemetry log of tegrastats output and a request log");
  add_files(*command, *options);
  add_recording(*command, *options);
  command->add_option("--governor", options->governor, "Who governed, for the log's header")
      ->capture_default_str();
  command->add_option("--scenario", options->scenario,
                      "What was run, for the log's header (default: the file's name)");
  command
      ->add_option("--column", options->columns,
                   "What a column of a CSV means, as in arrival=t0:ms; repeatable")
      ->type_name("ROLE=NAME[:UNIT]");
  command->add_flag("--force", options->force,
                    "Go on where the log shows another board or mode than was said");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(kFooterBegin + known_request_columns() + kFooterEnd);
  command->callback([options, &result] {
    run_import(*options);
    result.exit_code = kExitOk;
  });
}

}  // namespace flyball
