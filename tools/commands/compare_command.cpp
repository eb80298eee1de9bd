#include "tools/commands/compare_command.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "env/errors.h"
#include "env/text_file.h"
#include "tools/console.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/reports/comparison.h"

namespace flyball {

namespace {

struct CompareOptions {
  std::string before;
  std::string after;
  ComparisonTolerance tolerance;
  bool json = false;
};

nlohmann::json read_results(const std::string& file) {
  const std::string text = with_nothing_to_keep([&] { return read_text_file(file); });
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    throw DataError(fmt::format("{}: no JSON: {}", file, error.what()));
  }
}

int run_compare(const CompareOptions& options) {
  const Comparison comparison = compare_evaluations(read_results(options.before),
                                                    read_results(options.after), options.tolerance);
  if (options.json) {
    say("{}\n", to_json(comparison).dump(2));
  } else {
    say("{}", to_text(comparison));
    say("{}\n", comparison.is_worse() ? "worse" : "not worse");
  }
  return comparison.is_worse() ? kExitFailed : kExitOk;
}

}  // namespace

void add_compare_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* command =
      app.add_subcommand("compare", "Say whether a governor became worse between two results");
  command->add_option("before", options->before, "Results of flyball evaluate --json")
      ->type_name("BEFORE.json")
      ->required();
  command->add_option("after", options->after, "The same scenario and seeds, later")
      ->type_name("AFTER.json")
      ->required();
  ComparisonTolerance& tolerance = options->tolerance;
  command->add_option("--energy", tolerance.energy_percent, "So much more energy is no change")
      ->type_name("PERCENT")
      ->check(number_in(0.0, 100.0))
      ->capture_default_str();
  command
      ->add_option("--in-time", tolerance.in_time_points,
                   "So many points fewer of the requests in time are no change")
      ->type_name("POINTS")
      ->check(number_in(0.0, 100.0))
      ->capture_default_str();
  command
      ->add_option("--latency", tolerance.latency_percent, "So much more mean latency is no change")
      ->type_name("PERCENT")
      ->check(number_in(0.0, 1000.0))
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(
      "Both governed the same requests, so runs are compared seed by seed: the mean change and\n"
      "its 95 % interval. worse, better: the whole interval is beyond the tolerance; same: all of\n"
      "it is within; cannot tell: more seeds are needed (flyball evaluate --seeds 20).\n"
      "Exits with 1 where a governor became worse.\n"
      "Examples:\n"
      "  flyball compare main.json change.json\n"
      "  flyball compare main.json change.json --energy 0.2 --json");
  command->callback([options, &result] { result.exit_code = run_compare(*options); });
}

}  // namespace flyball
