#include "tools/commands/merge_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "env/output_file.h"
#include "tools/console.h"
#include "tools/jobs/kept_results.h"
#include "tools/separate_output.h"

namespace flyball {

namespace {

struct MergeOptions {
  std::vector<std::string> parts;
  std::string output;
};

void run_merge(const MergeOptions& options) {
  require_separate(options.output, options.parts);
  require_writable(options.output);
  keep_stdout_for(options.output);
  const std::string merged = merged_results({options.parts.begin(), options.parts.end()});
  write_output(options.output, merged);
  say("{}: {} jobs of {} files\n", options.output,
      std::count(merged.begin(), merged.end(), '\n') - 1, options.parts.size());
}

}  // namespace

void add_merge_command(CLI::App& app, CommandResult&) {
  auto options = std::make_shared<MergeOptions>();
  CLI::App* command =
      app.add_subcommand("merge", "Put together what the shards of a run kept, as one file");
  command->add_option("parts", options->parts, "What --keep named, of every shard")
      ->type_name("PART...")
      ->required();
  command->add_option("-o,--output", options->output, "The file that holds all of them")
      ->type_name("FILE")
      ->required();
  command->footer(
      "The run's own command with --keep FILE and without --shard then shows the whole, and works "
      "on\nwhat is still missing. The figures are those of a run that was never split.\n"
      "Parts of another command, date or program are refused.\n"
      "Example, on three machines and then on one:\n"
      "  flyball reproduce blind --date D --shard 1/3 --keep part1.jsonl\n"
      "  flyball merge part1.jsonl part2.jsonl part3.jsonl -o blind.jsonl\n"
      "  flyball reproduce blind --date D --keep blind.jsonl");
  command->callback([options] { run_merge(*options); });
}

}  // namespace flyball
