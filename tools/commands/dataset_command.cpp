#include "tools/commands/dataset_command.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/training/training_dataset.h"
#include "env/errors.h"
#include "env/output_file.h"
#include "tools/config/config_directory.h"
#include "tools/config/set_option.h"
#include "tools/config/train_config.h"
#include "tools/console.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/separate_output.h"
#include "tools/training/data_options.h"

namespace flyball {

namespace {

struct DatasetOptions {
  std::string config;
  std::vector<std::string> assignments;
  std::string output;
  DataOptions data;
  std::uint64_t seed = 0;
  bool json = false;
};

void print(const DatasetOptions& options, const TrainingSet& set) {
  const SpanCounts& counts = set.counts;
  if (options.json) {
    const nlohmann::ordered_json document = {{"dataset", options.output},
                                             {"transitions", set.transitions.size()},
                                             {"sources", set.logs},
                                             {"rows", counts.rows},
                                             {"spans", counts.spans},
                                             {"random", counts.random},
                                             {"levels_changed", counts.unheld},
                                             {"nothing_to_credit", counts.incomplete},
                                             {"without_power", counts.unpowered},
                                             {"not_observed", counts.unobserved},
                                             {"gaps", counts.gaps},
                                             {"mode_changes", counts.mode_changes}};
    say("{}\n", document.dump(2));
    return;
  }
  say("{}: {} transitions ({} under random settings) from {} rows of {} source{}\n", options.output,
      set.transitions.size(), counts.random, counts.rows, set.logs.size(),
      set.logs.size() == 1 ? "" : "s");
  say("left out: {} spans in which residents changed levels, {} with nothing to credit, {} without "
      "power, {} that lack what is observed\n",
      counts.unheld, counts.incomplete, counts.unpowered, counts.unobserved);
  say("episodes end at {} gaps, {} changes of mode and where spans are left out\n", counts.gaps,
      counts.mode_changes);
}

void make_dataset(const DatasetOptions& options) {
  require_separate(options.output, options.data.logs);
  require_separate(options.output, options.data.datasets);
  if (is_config_path(options.config)) require_separate(options.output, {options.config});
  if (is_dataset_file(options.output)) require_writable(options.output);
  keep_stdout_for(options.output);
  TrainConfig config = load_train_config(options.config, options.assignments,
                                         [&] { return open_keys(options.data); });
  choose_data(config, options.data);
  config.trainer.seed = options.seed;
  const TrainingSet set = load_with_progress(config);
  if (interrupted()) throw Interrupted("interrupted; nothing was written");
  if (set.transitions.empty()) throw DataError("the data hold no transition; nothing was written");
  try {
    write_dataset(options.output, dataset_info(set, config), set.transitions);
  } catch (const std::filesystem::filesystem_error& error) {
    throw DataError(error.what());
  }
  print(options, set);
}

}  // namespace

void add_dataset_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<DatasetOptions>();
  CLI::App* command = app.add_subcommand(
      "dataset", "Write the transitions of logs or simulated boards in Minari's HDF5 layout");
  command
      ->add_option("config", options->config,
                   "Training configuration, a name in configs/train or a file: what is observed, "
                   "turned and credited")
      ->type_name("CONFIG")
      ->required();
  add_set_option(*command, options->assignments, "period_seconds=2, simulate[0].explore=0.1");
  command->add_option("-o,--output", options->output, "NAME.hdf5, or a folder as Minari keeps them")
      ->type_name("D.hdf5")
      ->required();
  add_data_options(*command, options->data);
  command->add_option("--seed", options->seed, "Of simulations")
      ->check(seed_number())
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(
      "h5py and Minari read it under Minari's names; replay/hdf5/FORMAT.md describes the rest.\n"
      "Examples:\n"
      "  flyball simulate --scenario quickstart --duration 7200 -o log.csv\n"
      "  flyball dataset quickstart --log log.csv -o nano.hdf5\n"
      "  flyball train quickstart --dataset nano.hdf5 -o nano.flyball\n"
      "  flyball inspect nano.hdf5");
  command->callback([options, &result] {
    make_dataset(*options);
    result.exit_code = kExitOk;
  });
}

}  // namespace flyball
