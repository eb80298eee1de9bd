// A workload's file as it is written, configs/workloads/NAME.toml: the keys of workload_config.h.
// Values.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "env/config/bounds.h"
#include "env/config/fields.h"
#include "env/model/fitted_model.h"
#include "env/model/measured_model.h"
#include "env/model/roofline_model.h"
#include "env/sim/application_config.h"
#include "env/sim/serving_traits.h"

namespace flyball {

// What happens besides a batch; of the first two a scenario's [application] chooses what does.
struct PhasesToml {
  std::optional<LoadWork> load;
  std::optional<FirstUse> first_use;
  std::optional<ServingTraits> serving;
};
template <typename Visitor, FieldsOf<PhasesToml> Config>
void visit(Visitor& field, Config& phases) {
  field({"load", "", {}, "what loading the model costs"}, phases.load);
  field({"first_use", "", {}, "what the first use of a batch size costs"}, phases.first_use);
  field({"serving", "", {}, "what board and server do around the batches"}, phases.serving);
}

// [boards.NAME] of model "roofline": six numbers, of which gpu_cycles must be there, or every part
// by itself.
struct RooflineToml {
  std::optional<double> gpu_cycles;
  std::optional<double> memory_cycles;
  std::optional<double> launch_cycles;
  std::optional<double> host_cycles;
  double input_seconds = 0.0;
  std::optional<double> gpu_intensity;
  std::optional<BatchCycles> gpu;
  std::optional<BatchCycles> memory;
  std::optional<BatchCycles> launch;
  std::optional<BatchCycles> host;
  std::optional<BatchCycles> prepare;
  std::optional<double> input_fixed_seconds;
  std::optional<double> sharpness;
  std::optional<double> gpu_stalled;
  std::optional<double> cpu_waiting;
  PhasesToml phases;
};
template <typename Visitor, FieldsOf<RooflineToml> Config>
void visit(Visitor& field, Config& work) {
  field({"gpu_cycles", "cycles", above(0), "of the GPU's clock, per request"}, work.gpu_cycles);
  field({"memory_cycles", "cycles", at_least(0), "of the memory's clock; absent: none"},
        work.memory_cycles);
  field({"launch_cycles", "cycles", at_least(0), "of the CPU, beside the accelerator"},
        work.launch_cycles);
  field({"host_cycles", "cycles", at_least(0), "of the CPU, before the accelerator starts"},
        work.host_cycles);
  field({"input_seconds", "s", at_least(0),
         "per request, waiting for storage, likewise; no clock moves it"},
        work.input_seconds);
  field({"gpu_intensity", "", above_up_to(0, 1),
         "share of the GPU's capacitance that switches when compute-bound; absent: 1"},
        work.gpu_intensity);
  field({"gpu", "", {}, "instead of the cycles above, part by part: of the GPU's clock"}, work.gpu);
  field({"memory", "", {}, "of the memory's clock"}, work.memory);
  field({"launch", "", {}, "of the CPU, beside the accelerator"}, work.launch);
  field({"host", "", {}, "of the CPU, before the accelerator starts"}, work.host);
  field({"prepare", "", {}, "of the CPU, a thread of its own"}, work.prepare);
  field({"input_fixed_seconds", "s", at_least(0), "with the parts: per batch"},
        work.input_fixed_seconds);
  field({"sharpness", "", within(1, 100), "with the parts; absent: the board's"}, work.sharpness);
  field({"gpu_stalled", "", within(0, 1), "with the parts; absent: the board's"}, work.gpu_stalled);
  field({"cpu_waiting", "cores", within(0, 1), "with the parts; absent: the board's"},
        work.cpu_waiting);
  visit(field, work.phases);
}

// [boards.NAME] of model "measured".
struct MeasuredToml {
  std::filesystem::path table;
  MeasuredTable measured;  // without what the table holds
  PhasesToml phases;
};
template <typename Visitor, FieldsOf<MeasuredToml> Config>
void visit(Visitor& field, Config& work) {
  field({"table",
         "",
         {},
         "CSV: gpu_hz,batch,seconds,watts; accelerator seconds per batch, watts of the module "
         "meanwhile, every frequency with the same batches",
         Need::kRequired},
        work.table);
  visit(field, work.measured);
  visit(field, work.phases);
}

// A column per varied knob; row i of all of them is input i.
struct ResidualInputsToml {
  std::optional<std::vector<double>> cpu;
  std::optional<std::vector<double>> gpu;
  std::optional<std::vector<double>> emc;
  std::optional<std::vector<double>> batch;
};
template <typename Visitor, FieldsOf<ResidualInputsToml> Config>
void visit(Visitor& field, Config& inputs) {
  field({"cpu", "Hz", above(0), "of the measurements; absent: never varied"}, inputs.cpu);
  field({"gpu", "Hz", above(0), "likewise"}, inputs.gpu);
  field({"emc", "Hz", above(0), "likewise"}, inputs.emc);
  field({"batch", "requests", above(0), "likewise"}, inputs.batch);
}

struct ResidualToml {
  ResidualInputsToml inputs;
  ResidualOutput time;
  ResidualOutput energy;
};
template <typename Visitor, FieldsOf<ResidualToml> Config>
void visit(Visitor& field, Config& residual) {
  field({"inputs", "", {}, "where it was measured", Need::kRequired}, residual.inputs);
  field({"time", "", {}, "of the logarithm of seconds per batch", Need::kRequired}, residual.time);
  field({"energy", "", {}, "of the logarithm of joules per batch", Need::kRequired},
        residual.energy);
}

// [boards.NAME] of model "fitted", written by `flyball fit`.
struct FittedToml {
  FittedParameters parameters;  // without the residual
  std::optional<ResidualToml> residual;
  PhasesToml phases;
};
template <typename Visitor, FieldsOf<FittedToml> Config>
void visit(Visitor& field, Config& work) {
  visit(field, work.parameters);
  field({"residual", "", {}, "what the formulas leave over (env/model/residual.h)"}, work.residual);
  visit(field, work.phases);
}

// One table per board.
template <typename Work>
struct BoardsToml {
  std::map<std::string, Work> boards;
};
template <typename Visitor, typename Work>
void visit(Visitor& field, BoardsToml<Work>& model) {
  field({"boards", "", {}, "a table per board, by its id", Need::kRequired}, model.boards);
}
template <typename Visitor, typename Work>
void visit(Visitor& field, const BoardsToml<Work>& model) {
  field({"boards", "", {}, "a table per board, by its id", Need::kRequired}, model.boards);
}

// Factors on the parts of a workload, relative to what its file describes.
struct WorkFactors {
  double load = 1.0;     // duration of loading
  double host = 1.0;     // host part of a batch
  double prepare = 1.0;  // preparing thread
  double launch = 1.0;   // CPU beside the accelerator
  double gpu = 1.0;      // accelerator cycles, or its measured seconds
  double memory = 1.0;   // memory cycles
};
template <typename Visitor, FieldsOf<WorkFactors> Config>
void visit(Visitor& field, Config& factors) {
  field({"load", "", above(0), "factor on the duration of loading"}, factors.load);
  field({"host", "", above(0), "on the host's part of a batch"}, factors.host);
  field({"prepare", "", above(0), "on the preparing thread"}, factors.prepare);
  field({"launch", "", above(0), "on the CPU beside the accelerator"}, factors.launch);
  field({"gpu", "", above(0), "on the accelerator's cycles, or its measured seconds"}, factors.gpu);
  field({"memory", "", above(0), "on the memory's cycles"}, factors.memory);
}

// What `flyball twin` found of its workload when that replayed what it had not been fitted to.
struct TwinStanding {
  double latency_margin = 1.0;
  bool replays = true;
};
template <typename Visitor, FieldsOf<TwinStanding> Config>
void visit(Visitor& field, Config& standing) {
  field({"latency_margin", "", above_up_to(0, 1),
         "of a limit on latency, what has to be kept here so that the board keeps all of it"},
        standing.latency_margin);
  field({"replays", "", {}, "false: no policy is to be judged on it"}, standing.replays);
}

struct WorkloadToml {
  std::string title;
  std::optional<TwinStanding> twin;
  std::variant<BoardsToml<RooflineToml>, BoardsToml<MeasuredToml>, BoardsToml<FittedToml>> model;
  std::map<std::string, WorkFactors> variants;
};
template <typename Visitor, FieldsOf<WorkloadToml> Config>
void visit(Visitor& field, Config& workload) {
  field({"title", "", {}, "for people", Need::kRequired}, workload.title);
  field({"twin", "", {}, "written by `flyball twin`: how far to trust it"}, workload.twin);
  field.kind({"model", "", {}, "what the cost of a batch is made of", Need::kRequired},
             workload.model, std::array{"roofline", "measured", "fitted"});
  field({"variants", "", {}, "another graph or framework"}, workload.variants);
}

}  // namespace flyball
