#include "tools/commands/trace_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "env/errors.h"
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
  std::vector<std::string> requests;
  std::vector<std::string> columns;
  std::string output;
  std::optional<double> draw_seconds;
  std::uint64_t seed = 0;
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

std::vector<Arrival> read_trace(const std::string& file, const TraceOptions& options) {
  std::vector<RequestColumn> columns;
  for (const std::string& text : options.columns) {
    columns.push_back(as_usage([&] { return parse_request_column(text); }));
  }
  const RequestLog log = with_nothing_to_keep([&] { return read_request_log(file, columns); });
  for (const std::string& note : log.notes) remark("flyball trace: {}: {}\n", file, note);
  return arrival_trace(log.requests);
}

// What was recorded, or arrivals like it.
std::vector<Arrival> make_trace(const TraceOptions& options) {
  std::vector<std::vector<Arrival>> traces;
  for (const std::string& file : options.requests) traces.push_back(read_trace(file, options));
  if (!options.draw_seconds) return traces.front();
  std::mt19937_64 random(options.seed);
  try {
    return drawn_arrivals(traces, *options.draw_seconds, random);
  } catch (const std::invalid_argument& error) {
    throw DataError(fmt::format("{}: {}", fmt::join(options.requests, ", "), error.what()));
  }
}

void run_trace(const TraceOptions& options) {
  if (options.requests.size() > 1 && !options.draw_seconds) {
    throw UsageError(
        "--requests: several are for --draw SECONDS, which draws arrivals like theirs");
  }
  if (!options.output.empty()) {
    require_separate(options.output, options.requests);
    require_writable(options.output);
    keep_stdout_for(options.output);
  }
  const std::vector<Arrival> trace = make_trace(options);
  const TraceFigures figures = trace_figures(trace);
  if (!options.output.empty()) write_output(options.output, trace_to_csv(trace));
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
  command
      ->add_option("--requests", options->requests,
                   "CSV or JSON lines, one request per row; with --draw may be repeated")
      ->type_name("R.csv")
      ->required();
  command
      ->add_option("--column", options->columns,
                   "What a column means, where its name does not say it; may be repeated")
      ->type_name("ROLE=NAME[:UNIT]");
  command->add_option("-o,--output", options->output, "The trace to write; without, only figures")
      ->type_name("T.csv");
  command
      ->add_option("--draw", options->draw_seconds,
                   "Instead of the log's own arrivals so many seconds of others like them: "
                   "stretches of eight groups")
      ->type_name("SECONDS")
      ->check(number_in(1.0, 1e7));
  command->add_option("--seed", options->seed, "Of --draw")
      ->check(seed_number())
      ->capture_default_str();
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
      "  flyball trace --requests mon.csv --requests tue.csv --draw 7200 -o T.csv\n"
      "  flyball evaluate --scenario trace-xavier-nx --set arrivals.file=T.csv");
  command->callback([options] { run_trace(*options); });
}

}  // namespace flyball
