#include "tools/config/scenario_application.h"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "env/errors.h"
#include "tools/config/config_directory.h"
#include "tools/config/workload_config.h"

namespace flyball {

namespace {

WorkloadConfig named_workload(const TomlTable& table, const BoardConfig& board,
                              const std::vector<std::string>& variants) {
  const std::string file = named_config(table, "workload", "workloads").string();
  return load_workload(file, board, {variants, table.take_assignments("workload")});
}

// What happens besides serving: as the scenario describes it, else as the workload's file does; the
// switch leaves it out, or asks for what the workload says.
template <typename T>
struct Choice {
  const char* key;
  std::optional<bool> wanted;
  std::optional<T> here;
  std::optional<T> there;
};

template <typename T>
std::optional<T> choose(const Choice<T>& choice, const std::string& workload) {
  if (!choice.wanted.value_or(choice.here.has_value())) return std::nullopt;
  if (choice.here) return choice.here;
  if (!choice.there) {
    throw std::invalid_argument(fmt::format(
        "application.{}: neither this scenario nor the workload {} says what that costs on this "
        "board",
        choice.key, workload));
  }
  return choice.there;
}

void set_mix(const TomlTable& file, const ScenarioToml& toml, Scenario& scenario) {
  WorkMix& mix = scenario.application.mix;
  const std::vector<TomlTable> entries = file.tables("mix");
  for (std::size_t i = 0; i < toml.mix.size(); ++i) {
    const MixToml& phase = toml.mix[i];
    WorkloadConfig workload = named_workload(entries[i], scenario.board, phase.variants);
    mix.phases.push_back({workload.work, phase.seconds, phase.requests});
    if (i == 0) scenario.workload = std::move(workload);
  }
  if (mix.phases.empty()) file.fail("mix", "must hold at least one entry");
  if (toml.mix_repeats) mix.end = WorkMix::End::kRepeat;
}

void set_workload(const TomlTable& file, const ScenarioToml& toml, Scenario& scenario) {
  scenario.application.variants = toml.application.variants;
  if (!file.contains("mix")) {
    if (!toml.workload) file.fail("workload", "missing");
    scenario.workload = named_workload(file, scenario.board, toml.application.variants);
    return;
  }
  if (toml.workload) file.fail("mix", "give either this or workload");
  if (!toml.application.variants.empty()) {
    file.table("application").fail("variants", "a mix has them in its entries");
  }
  set_mix(file, toml, scenario);
}

void set_phases(const ApplicationToml& toml, Scenario& scenario) {
  const WorkloadConfig& workload = scenario.workload;
  std::optional<LoadWork> load = toml.load;
  if (load) {
    load->factor = workload.load_factor;
    validate(*load);
  }
  if (toml.first_use) validate(*toml.first_use);
  scenario.application.load =
      choose<LoadWork>({"loads_model", toml.loads_model, load, workload.load}, workload.id);
  scenario.application.first_use = choose<FirstUse>(
      {"tunes_batch_sizes", toml.tunes_batch_sizes, toml.first_use, workload.first_use},
      workload.id);
}

// What the structs' own checks say.
void check(const Scenario& scenario) {
  const ApplicationChoice& choice = scenario.application;
  validate(choice.mix);
  if (choice.fine_tuning) validate(*choice.fine_tuning);
  if (choice.offload) validate(*choice.offload);
  for (std::size_t i = 0; i < choice.processes.size(); ++i) {
    validate(choice.processes[i], i, static_cast<std::size_t>(scenario.mode.cpus_online));
  }
}

}  // namespace

std::filesystem::path named_config(const TomlTable& table, const char* key, const char* kind) {
  const auto name = table.required<std::string>(key);
  try {
    return find_config(kind, name, table.folder(key));
  } catch (const ConfigError& error) {
    table.fail(key, error.what());
  }
}

void set_application(const TomlTable& file, const ScenarioToml& toml, Scenario& scenario) {
  set_workload(file, toml, scenario);
  if (toml.fine_tuning) {
    FineTuning tuning = toml.fine_tuning->tuning;
    tuning.work =
        named_workload(file.table("fine_tuning"), scenario.board, toml.fine_tuning->variants).work;
    scenario.application.fine_tuning = tuning;
  }
  scenario.application.processes = toml.processes;
  scenario.application.offload = toml.offload;
  file.checked([&] {
    check(scenario);
    set_phases(toml.application, scenario);
  });
}

}  // namespace flyball
