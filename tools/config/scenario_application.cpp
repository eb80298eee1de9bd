#include "tools/config/scenario_application.h"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "env/errors.h"
#include "tools/config/application_phases.h"
#include "tools/config/config_directory.h"
#include "tools/config/positive.h"
#include "tools/config/workload_config.h"

namespace flyball {

namespace {

using Names = std::vector<std::string>;

WorkloadConfig read_workload(const TomlTable& table, const BoardConfig& board,
                             const Names& variants) {
  return load_workload(named_config(table, "workload", "workloads").string(), board, variants);
}

// What happens besides serving: as the scenario describes it, else as the workload's file does; the
// switch leaves it out, or asks for what the workload says.
template <typename T>
std::optional<T> choose(const TomlTable& application, const char* key, const std::optional<T>& here,
                        const std::optional<T>& there, const std::string& workload) {
  if (!application.optional<bool>(key).value_or(here.has_value())) return std::nullopt;
  if (here) return here;
  if (!there) {
    application.fail(
        key, fmt::format("neither this scenario nor the workload {} says what that costs on this "
                         "board",
                         workload));
  }
  return there;
}

void read_mix(const TomlTable& file, Scenario& scenario) {
  WorkMix& mix = scenario.application.mix;
  for (const TomlTable& entry : file.tables("mix")) {
    const Names variants = entry.optional<Names>("variants").value_or(Names{});
    WorkloadConfig workload = read_workload(entry, scenario.board, variants);
    mix.phases.push_back({workload.work, optional_period(entry, "seconds"),
                          optional_count(entry, "requests", kMostRequests)});
    if (mix.phases.size() == 1) scenario.workload = std::move(workload);
  }
  if (mix.phases.empty()) file.fail("mix", "must hold at least one entry");
  if (file.optional<bool>("mix_repeats").value_or(false)) mix.end = WorkMix::End::kRepeat;
}

void read_fine_tuning(const TomlTable& table, Scenario& scenario) {
  FineTuning tuning;
  const Names variants = table.optional<Names>("variants").value_or(Names{});
  tuning.work = read_workload(table, scenario.board, variants).work;
  tuning.minibatches = required_count(table, "minibatches", kMostRequests);
  tuning.minibatch = optional_count(table, "minibatch", kMostBatch).value_or(tuning.minibatch);
  table.read("work_factor", tuning.work_factor);
  table.read("from_seconds", tuning.from_seconds);
  tuning.inference_batches_between =
      optional_count(table, "inference_batches_between", kMostRequests);
  scenario.application.fine_tuning = tuning;
}

CpuProcess read_process(const TomlTable& table) {
  CpuProcess process;
  for (const int cpu : table.required<std::vector<int>>("cpus")) {
    if (cpu < 0) table.fail("cpus", "must be whole numbers from 0");
    process.cpus.push_back(static_cast<std::size_t>(cpu));
  }
  table.read("share", process.share);
  table.read("from_seconds", process.from_seconds);
  process.on_seconds = optional_period(table, "on_seconds");
  process.off_seconds = optional_period(table, "off_seconds");
  return process;
}

// What the structs' own checks say, at the key's place in the file.
void validate_application(const TomlTable& file, const Scenario& scenario) {
  const ApplicationChoice& choice = scenario.application;
  try {
    validate(choice.mix);
    if (choice.fine_tuning) validate(*choice.fine_tuning);
    for (std::size_t i = 0; i < choice.processes.size(); ++i) {
      validate(choice.processes[i], i, static_cast<std::size_t>(scenario.mode.cpus_online));
    }
  } catch (const std::invalid_argument& error) {
    file.fail(error);
  }
}

}  // namespace

std::filesystem::path named_config(const TomlTable& table, const char* key, const char* kind) {
  const auto name = table.required<std::string>(key);
  try {
    return find_config(kind, name, table.file().parent_path());
  } catch (const ConfigError& error) {
    table.fail(key, error.what());
  }
}

void read_application(const TomlTable& file, Scenario& scenario) {
  ApplicationChoice& choice = scenario.application;
  const std::optional<TomlTable> table = file.optional_table("application");
  if (table) choice.variants = table->optional<Names>("variants").value_or(Names{});
  if (file.contains("mix")) {
    if (file.contains("workload")) file.fail("mix", "give either this or workload");
    if (!choice.variants.empty()) table->fail("variants", "a mix has them in its entries");
    read_mix(file, scenario);
  } else {
    scenario.workload = read_workload(file, scenario.board, choice.variants);
  }
  if (const auto tuning = file.optional_table("fine_tuning")) read_fine_tuning(*tuning, scenario);
  for (const TomlTable& process : file.tables("processes")) {
    choice.processes.push_back(read_process(process));
  }
  validate_application(file, scenario);
  if (!table) return;
  const WorkloadConfig& workload = scenario.workload;
  choice.load = choose(*table, "loads_model", read_load(*table, workload.load_factor),
                       workload.load, workload.id);
  choice.first_use =
      choose(*table, "tunes_batch_sizes", read_first_use(*table), workload.first_use, workload.id);
}

}  // namespace flyball
