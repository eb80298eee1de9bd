#include "tools/commands/trace_command.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "env/logs/arrival_trace.h"
#include "env/logs/request_log.h"
#include "env/output_file.h"
#include "tools/console.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/separate_output.h"

namespace flyball {

namespace {

struct TraceOptions {
  std::string requests;
  std::vector<std::string> columns;
  std::string output;
  bool json = false;
};

// Absent where all arrive at once.
std::optional<double> rate(const TraceFigures& figures) {
  if (figures.span_seconds <= 0.0) return std::nullopt;
  return static_cast<double>(figures.requests) / figures.span_seconds;
}

void print(const TraceFigures& figures, const TraceOptions& options) {
  say("requests  {} in {} groups of up to {}\n", figures.requests, figures.groups,
      figures.largest_group);
  if (const std::optional<double> average = rate(figures)) {
    say("span      {:.2f} s, {:.3g} requests a second on average\n", figures.span_seconds,
        *average);
  } else {
    say("span      all at one moment\n");
  }
  say("busiest   {} requests in the second from {:.2f} s\n", figures.busiest_requests,
      figures.busiest_from_seconds);
  if (figures.limited > 0) {
    say("limits    {} requests have their own\n", figures.limited);
  } else {
    say("limits    none: give a scenario's arrivals.deadline_seconds\n");
  }
  if (!options.output.empty()) say("written   {}\n", options.output);
}

nlohmann::ordered_json to_json(const TraceFigures& figures, const TraceOptions& options) {
  nlohmann::ordered_json json = {{"requests", figures.requests},
                                 {"groups", figures.groups},
                                 {"largest_group", figures.largest_group},
                                 {"with_limit", figures.limited},
                                 {"span_seconds", figures.span_seconds},
                                 {"requests_per_second", nullptr},
                                 {"busiest_second", figures.busiest_requests},
                                 {"busiest_from_seconds", figures.busiest_from_seconds}};
  if (const auto average = rate(figures)) json["requests_per_second"] = *average;
  if (!options.output.empty()) json["output"] = options.output;
  return json;
}

void run_trace(const TraceOptions& options) {
  if (!options.output.empty()) {
    require_separate(options.output, {options.requests});
    require_writable(options.output);
    keep_stdout_for(options.output);
  }
  std::vector<RequestColumn> columns;
  for (const std::string& text : options.columns) {
    columns.push_back(as_usage([&] { return parse_request_column(text); }));
  }
  const RequestLog log =
      with_nothing_to_keep([&] { return read_request_log(options.requests, columns); });
  const std::vector<Arrival> trace = arrival_trace(log.requests);
  const TraceFigures figures = trace_figures(trace);
  if (!options.output.empty()) write_output(options.output, trace_to_csv(trace));
  for (const std::string& note : log.notes) {
    remark("flyball trace: {}: {}\n", options.requests, note);
  }
  if (options.json) {
    say("{}\n", to_json(figures, options).dump(2));
  } else {
    print(figures, options);
  }
}

}  // namespace

void add_trace_command(CLI::App& app, CommandResult&) {
  auto options = std::make_shared<TraceOptions>();
  CLI::App* command =
      app.add_subcommand("trace", "Make arrivals for a scenario of a log of requests");
  command->add_option("--requests", options->requests, "CSV or JSON lines, one request per row")
      ->type_name("R.csv")
      ->required();
  command
      ->add_option("--column", options->columns,
                   "What a column means, where its name does not say it; may be repeated")
      ->type_name("ROLE=NAME[:UNIT]");
  command->add_option("-o,--output", options->output, "The trace to write; without, only figures")
      ->type_name("T.csv");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(
      std::string(
          "Requests of the same arrival and limit are one group. Times count from the first\n"
          "arrival; the limits on latency are taken along where the log has them. Given-up\n"
          "requests arrived, too. Columns with these names need no --column:\n") +
      known_request_columns() +
      "A scenario takes the trace by\n"
      "  [arrivals]\n"
      "  kind = \"trace\"\n"
      "  file = \"T.csv\"  # beside the scenario's file\n"
      "Examples:\n"
      "  flyball trace --requests access.csv\n"
      "  flyball trace --requests run.jsonl --column arrival=t0:ms --column latency=took:us -o "
      "T.csv\n"
      "  flyball evaluate --scenario trace-xavier-nx --set arrivals.file=T.csv");
  command->callback([options] { run_trace(*options); });
}

}  // namespace flyball
