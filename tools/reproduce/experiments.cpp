#include "tools/reproduce/experiments.h"

#include <fmt/format.h>
#include <glob.h>

#include <stdexcept>
#include <system_error>

#include "env/errors.h"
#include "env/nearest_name.h"
#include "tools/reproduce/own/ablation_table.h"
#include "tools/reproduce/own/agent_table.h"
#include "tools/reproduce/own/blind_table.h"
#include "tools/reproduce/own/changing_table.h"
#include "tools/reproduce/own/concurrent_table.h"
#include "tools/reproduce/own/delay_table.h"
#include "tools/reproduce/own/drift_table.h"
#include "tools/reproduce/own/front_table.h"
#include "tools/reproduce/own/hybrid_table.h"
#include "tools/reproduce/own/peers_table.h"
#include "tools/reproduce/own/processes_table.h"
#include "tools/reproduce/own/split_table.h"
#include "tools/reproduce/published/bofl.h"
#include "tools/reproduce/published/bofl_search.h"
#include "tools/reproduce/published/cell_search.h"
#include "tools/reproduce/published/dvfo_table.h"
#include "tools/reproduce/published/finetune_table.h"
#include "tools/reproduce/published/governors_table.h"
#include "tools/reproduce/published/loudva_data.h"
#include "tools/reproduce/published/loudva_import.h"
#include "tools/reproduce/published/loudva_policies.h"
#include "tools/reproduce/published/loudva_replay.h"
#include "tools/reproduce/published/loudva_sweep.h"
#include "tools/reproduce/published/loudva_twin.h"
#include "tools/reproduce/published/polythrottle_table.h"
#include "tools/reproduce/published/rpe_table.h"
#include "tools/scratch_folder.h"

namespace flyball {

namespace {

// The shapes that tables have: of measurements, of nothing, of threads, of an effort.
template <void (*add_rows)(const std::filesystem::path& data, ReproductionTable& table)>
void from_data(const ExperimentOptions& options, ReproductionTable& table) {
  add_rows(options.data, table);
}

template <void (*add_rows)(unsigned threads, ReproductionTable& table)>
void on_threads(const ExperimentOptions& options, ReproductionTable& table) {
  add_rows(options.threads, table);
}

template <void (*add_rows)(Effort effort, unsigned threads, ReproductionTable& table)>
void with_effort(const ExperimentOptions& options, ReproductionTable& table) {
  add_rows(options.effort, options.threads, table);
}

void governors(const ExperimentOptions& /*options*/, ReproductionTable& table) {
  reproduce_governors(table);
}

// As a user goes: the commands, one after the other.
void loudva_by_command(const ExperimentOptions& options, ReproductionTable& table) {
  const ScratchFolder folder;
  const LoudvaSteps steps(ShippedProgram(options.program), options.data, folder.path());
  const LoudvaTwin twin = add_loudva_twin(steps, options.threads, table);
  add_loudva_policies(steps, twin, load_loudva_world(options.data), options.threads, table);
}

void agent(const ExperimentOptions& options, ReproductionTable& table) {
  reproduce_agent_cells({options.effort, options.seeds, options.date, options.threads}, table);
}

void bofl_bandit(const ExperimentOptions& options, ReproductionTable& table) {
  reproduce_bofl_bandit({options.data, options.seeds, options.date}, table);
}

void search(const ExperimentOptions& options, ReproductionTable& table) {
  reproduce_search({options.data, options.seeds, options.date, options.threads}, table);
}

void searches(const ExperimentOptions& options, ReproductionTable& table) {
  reproduce_searches({options.seeds, options.date, options.threads}, table);
}

void hybrid(const ExperimentOptions& options, ReproductionTable& table) {
  reproduce_hybrid({options.effort, options.seeds, options.date, options.threads}, table);
}

void concurrent(const ExperimentOptions& options, ReproductionTable& table) {
  reproduce_concurrent({options.effort, options.threads, options.plot}, table);
}

void front(const ExperimentOptions& options, ReproductionTable& table) {
  reproduce_front({options.effort, options.threads, options.plot}, table);
}

template <void (*add_rows)(const AblationOptions& options, ReproductionTable& table)>
void arm_by_arm(const ExperimentOptions& options, ReproductionTable& table) {
  add_rows({options.effort, options.seeds, options.date, options.threads}, table);
}

JudgedOptions judged_options(const ExperimentOptions& options) {
  return {options.effort, options.seeds, options.date, options.threads, options.keeping};
}

void blind(const ExperimentOptions& options, ReproductionTable& table) {
  reproduce_blind(judged_options(options), table);
}

void delay(const ExperimentOptions& options, ReproductionTable& table) {
  reproduce_delay(judged_options(options), table);
}

void dvfo(const ExperimentOptions& options, ReproductionTable& table) {
  reproduce_dvfo({options.effort, options.seeds.value_or(20), options.date, options.threads},
                 table);
}

void finetune(const ExperimentOptions& options, ReproductionTable& table) {
  reproduce_finetune({options.effort, options.seeds.value_or(20), options.date, options.threads},
                     table);
}

void offload(const ExperimentOptions& options, ReproductionTable& table) {
  reproduce_split({options.data, options.effort, options.seeds.value_or(3), options.threads},
                  table);
}

void processes(const ExperimentOptions& options, ReproductionTable& table) {
  const std::filesystem::path program = std::filesystem::read_symlink(options.program);
  reproduce_processes({options.data, program.parent_path(), options.effort}, table);
}

void peers(const ExperimentOptions& options, ReproductionTable& table) {
  reproduce_peers(judged_options(options), table);
}

std::vector<std::string> loudva_files() {
  std::vector<std::string> files = {"sweeps.csv"};
  for (const std::string& run : loudva_runs()) {
    for (const char* end : {"_tegrastats.log", "_requests.csv"}) {
      files.push_back("serving/" + run + end);
    }
  }
  return files;
}

std::vector<Experiment> make_experiments() {
  return {
      {"rpe",
       "best fixed CPU and GPU frequencies against stock: 18 cells of three boards (RPE)",
       Needs::kNothing,
       {{on_threads<reproduce_rpe>}}},
      {"governors",
       "the kernel's governors against each other on RPE's cells",
       Needs::kNothing,
       {{governors}}},
      {"polythrottle",
       "GPU, memory and CPU frequency and batch together (PolyThrottle)",
       Needs::kNothing,
       {{on_threads<reproduce_polythrottle>}}},
      {"dvfo",
       "clocks and the share that a cloud gets, against DVFO's baselines",
       Needs::kNothing,
       {{dvfo}}},
      {"finetune",
       "fine-tuning beside inference: its slow-down, and figure 14 replayed (PolyThrottle)",
       Needs::kNothing,
       {{finetune}}},
      {"bofl",
       "what a fit on a few measured settings predicts of a full sweep (BoFL)",
       Needs::kMeasurements,
       {{from_data<reproduce_bofl>}, {bofl_bandit}},
       {"BoFL's measurements as CSV, a row per setting of the three clocks", {"*.csv"}}},
      {"search",
       "ten samples of every search on a full sweep of a real board (BoFL)",
       Needs::kMeasurements,
       {{search}},
       {"BoFL's measurements as CSV, a row per setting of the three clocks", {"*.csv"}}},
      {"searches",
       "every search on the cells of RPE and PolyThrottle, and with changing weights",
       Needs::kNothing,
       {{searches}}},
      {"hybrid",
       "a policy of another workload or board, refined by a certified search in few samples",
       Needs::kNothing,
       {{hybrid}}},
      {"loudva",
       "a day of measured requests imported, replayed, learned from (LoudVA)",
       Needs::kMeasurements,
       {{from_data<reproduce_loudva_import>},
        {from_data<reproduce_loudva_replays>},
        {from_data<reproduce_loudva_sweep>},
        {loudva_by_command, Effort::kAll}},
       {"LoudVA's measurements: its sweeps, and logs of its serving runs", loudva_files()}},
      {"agent",
       "policies learned offline from logs against the best fixed setting, cell by cell",
       Needs::kNothing,
       {{agent}}},
      {"concurrent",
       "what knowing one's own delay is worth (Xiao et al., DVFO)",
       Needs::kNothing,
       {{concurrent}}},
      {"delay",
       "what that is worth where the delay is large: a slow controller, slow clocks, a link",
       Needs::kNothing,
       {{delay}},
       {},
       true},
      {"changing",
       "learned policies against the best fixed setting where the load changes",
       Needs::kNothing,
       {{with_effort<reproduce_changing>}}},
      {"blind",
       "scenarios with deadlines, seeds drawn from a date, with and without the guard",
       Needs::kNothing,
       {{blind}},
       {},
       true},
      {"peers",
       "the learned governors of others by the same trainer, on blind seeds",
       Needs::kNothing,
       {{peers}},
       {},
       true},
      {"ablation",
       "what each part of the agent is worth where the load changes",
       Needs::kNothing,
       {{arm_by_arm<reproduce_ablation>}}},
      {"pessimism",
       "an ensemble, CQL and validation where the data are thin, on blind seeds",
       Needs::kNothing,
       {{arm_by_arm<reproduce_pessimism>}}},
      {"front",
       "one policy per board traces the front between energy and latency",
       Needs::kNothing,
       {{front}}},
      {"drift",
       "is an adapting policy back at the best setting after its workload has changed?",
       Needs::kNothing,
       {{with_effort<reproduce_drift>}}},
      {"offload",
       "the network split between edge and cloud, trained on Fashion-MNIST (DVFO)",
       Needs::kNothing,
       {{offload}}},
      {"processes",
       "flyball-edge and flyball-cloud over a slow link, beside the simulator's model of it",
       Needs::kNothing,
       {{processes}}},
  };
}

}  // namespace

std::span<const Experiment> experiments() {
  static const std::vector<Experiment> all = make_experiments();
  return all;
}

const Experiment& find_experiment(const std::string& name) {
  std::vector<std::string> known;
  for (const Experiment& experiment : experiments()) {
    if (experiment.name == name) return experiment;
    known.emplace_back(experiment.name);
  }
  throw std::invalid_argument(unknown_name("table", name, known));
}

void require_data(const Experiment& experiment, const std::filesystem::path& folder) {
  std::vector<std::string> missing;
  for (const std::string& pattern : experiment.data.files) {
    glob_t found{};
    if (glob((folder / pattern).c_str(), 0, nullptr, &found) != 0) missing.push_back(pattern);
    globfree(&found);
  }
  if (missing.empty()) return;
  throw DataError(fmt::format(
      "{}: {} of the {} files that the table {} reads are not in this folder: {}; --data names the "
      "folder of {}",
      folder.string(), missing.size(), experiment.data.files.size(), experiment.name,
      join_names(missing), experiment.data.holds));
}

ReproductionTable run_experiment(const Experiment& experiment, const ExperimentOptions& options) {
  ReproductionTable table(experiment.name);
  try {
    for (const ExperimentPart& part : experiment.parts) {
      if (options.effort == Effort::kQuick && part.effort == Effort::kAll) continue;
      part.add_rows(options, table);
    }
  } catch (const std::system_error& error) {
    throw DataError(error.what());
  }
  return table;
}

}  // namespace flyball
