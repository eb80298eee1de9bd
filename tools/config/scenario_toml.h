// A scenario's file as it is written, configs/scenarios/NAME.toml: the keys of scenario.h. Values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "env/offload/offload_work.h"
#include "env/sim/scenario.h"

namespace flyball {

struct ApplicationToml {
  std::vector<std::string> variants;
  std::optional<bool> loads_model;
  std::optional<bool> tunes_batch_sizes;
  std::optional<LoadWork> load;
  std::optional<FirstUse> first_use;
};
template <typename Visitor, FieldsOf<ApplicationToml> Config>
void visit(Visitor& field, Config& application) {
  field({"variants", "", {}, "names in the workload's [variants]; their factors multiply"},
        application.variants);
  field({"loads_model",
         "",
         {},
         "the model is loaded at the start, and shown apart; absent: if `load` is there"},
        application.loads_model);
  field({"tunes_batch_sizes",
         "",
         {},
         "the server tunes itself when a batch size is new; absent: if `first_use` is there"},
        application.tunes_batch_sizes);
  field({"load", "", {}, "what that costs, instead of what the workload's file says"},
        application.load);
  field({"first_use", "", {}, "likewise"}, application.first_use);
}

struct MixToml {
  std::string workload;
  std::vector<std::string> variants;
  std::optional<double> seconds;
  std::optional<std::uint64_t> requests;
};
template <typename Visitor, FieldsOf<MixToml> Config>
void visit(Visitor& field, Config& phase) {
  field({"workload", "", {}, "name or path", Need::kRequired}, phase.workload);
  field({"variants", "", {}, "of it"}, phase.variants);
  field({"seconds", "s", period_range(),
         "until the phase is over; without this and `requests` it stays"},
        phase.seconds);
  field({"requests", "", requests_range(), "taken until the phase is over"}, phase.requests);
}

struct FineTuningToml {
  std::string workload;
  std::vector<std::string> variants;
  FineTuning tuning;  // without the work
};
template <typename Visitor, FieldsOf<FineTuningToml> Config>
void visit(Visitor& field, Config& fine_tuning) {
  field({"workload", "", {}, "what is trained: name or path", Need::kRequired},
        fine_tuning.workload);
  field({"variants", "", {}, "of it"}, fine_tuning.variants);
  visit(field, fine_tuning.tuning);
}

struct ActuationToml {
  std::optional<std::vector<double>> cpu;
  std::optional<std::vector<double>> gpu;
  std::optional<std::vector<double>> emc;
  std::optional<std::vector<double>> low_cpu;
  std::optional<std::vector<double>> low_gpu;
  std::optional<std::vector<double>> low_emc;
};
template <typename Visitor, FieldsOf<ActuationToml> Config>
void visit(Visitor& field, Config& actuation) {
  field({"cpu", "s", at_least(0),
         "measured times from asking for a clock to its effect, one drawn for every change; "
         "absent: the board's actuation_seconds"},
        actuation.cpu);
  field({"gpu", "s", at_least(0), "likewise"}, actuation.gpu);
  field({"emc", "s", at_least(0), "likewise"}, actuation.emc);
  field({"low_cpu", "s", at_least(0),
         "the same of a change that begins in the lower half of the clock's table; absent: as cpu"},
        actuation.low_cpu);
  field({"low_gpu", "s", at_least(0), "likewise"}, actuation.low_gpu);
  field({"low_emc", "s", at_least(0), "likewise"}, actuation.low_emc);
}

struct ControlToml {
  std::vector<std::string> knobs;
  std::vector<std::string> caps;
  std::vector<double> batch_levels;
  std::optional<double> default_batch;
  std::vector<double> offload_levels;
  std::vector<double> fine_tuning_levels;
  double period_seconds = 1.0;
  double sample_seconds = 0.1;
  std::optional<double> think_seconds;
  std::optional<std::vector<double>> think_samples_seconds;
  std::optional<std::filesystem::path> think_log;
  std::uint64_t think_stay_decisions = 1;
  ActuationToml actuation;
};
template <typename Visitor, FieldsOf<ControlToml> Config>
void visit(Visitor& field, Config& control) {
  field({"knobs",
         "",
         {},
         "what a governor may turn: cpu, gpu, emc, batch, offload, fine_tuning",
         Need::kRequired},
        control.knobs);
  field({"caps", "", {}, "of those, the ones of which an action is a ceiling, the resident below"},
        control.caps);
  field({"batch_levels", "requests", batch_range(), "of the knob \"batch\"; absent: there is none"},
        control.batch_levels);
  field({"default_batch", "requests", batch_range(),
         "ceiling while nobody turns it; absent: the highest, or none"},
        control.default_batch);
  field({"offload_levels", "", within(0, 1),
         "shares, of the knob \"offload\"; absent: there is none"},
        control.offload_levels);
  field(
      {"fine_tuning_levels", "", within(0, 2),
       "of the knob \"fine_tuning\": 0 no minibatch, 1 between the batches, 2 beside them; absent: "
       "there is none"},
      control.fine_tuning_levels);
  field({"period_seconds", "s", period_range(), "between decisions; a multiple of the next",
         Need::kRequired},
        control.period_seconds);
  field({"sample_seconds", "s", period_range(), "between readings"}, control.sample_seconds);
  field({"think_seconds", "s", at_least(0), "from reading to applying, t_AS; absent: 0.001"},
        control.think_seconds);
  field({"think_samples_seconds", "s", at_least(0),
         "instead: measured ones, of which every decision draws one"},
        control.think_samples_seconds);
  field({"think_log", "", {}, "instead: a telemetry log, whose decisions' times are drawn from"},
        control.think_log);
  field({"think_stay_decisions", "decisions", within(1, 1e9),
         "in a row that take the time that was drawn: a busy controller or a link is slow for a "
         "while"},
        control.think_stay_decisions);
  field({"actuation", "", {}, "how long clocks take to change"}, control.actuation);
}

struct ScenarioToml {
  std::string title;
  std::string board;
  std::optional<int> nvpmodel;
  std::optional<double> cpu_floor_hz;
  std::optional<std::string> workload;
  std::vector<MixToml> mix;
  bool mix_repeats = false;
  ApplicationToml application;
  std::optional<FineTuningToml> fine_tuning;
  std::vector<CpuProcess> processes;
  std::optional<OffloadConfig> offload;
  ArrivalsConfig arrivals;
  Objective objective;
  ControlToml control;
  std::optional<double> timeout_seconds;
  double ambient_celsius = 25.0;
  std::vector<AmbientStep> ambient_steps;
  double service_noise = 0.0;
  std::vector<std::uint64_t> seeds = {1};
};
template <typename Visitor, FieldsOf<ScenarioToml> Config>
void visit(Visitor& field, Config& scenario) {
  field({"title", "", {}, "for people", Need::kRequired}, scenario.title);
  field({"board", "", {}, "name or path", Need::kRequired}, scenario.board);
  field({"workload", "", {}, "name or path; or else `mix`"}, scenario.workload);
  field({"nvpmodel", "", {}, "id of a mode; absent: the board's default"}, scenario.nvpmodel);
  field({"cpu_floor_hz", "Hz", above(0), "replaces the mode's own CPU floor"},
        scenario.cpu_floor_hz);
  field({"ambient_celsius", "C", ambient_range(), "the ambient temperature"},
        scenario.ambient_celsius);
  field({"ambient_steps", "", {}, "another one later"}, scenario.ambient_steps);
  field({"service_noise", "", within(0, 1),
         "standard deviation of the logarithm of a batch's duration"},
        scenario.service_noise);
  field({"timeout_seconds", "s", seconds_range(),
         "a run that has not ended by then is cut short, and infeasible; absent: none"},
        scenario.timeout_seconds);
  field({"seeds", "", {}, "one run each"}, scenario.seeds);
  field({"arrivals", "", {}, "of requests", Need::kRequired}, scenario.arrivals);
  field({"objective", "", {}, "what a governor has to keep"}, scenario.objective);
  field({"control", "", {}, "what a governor may turn, and how often", Need::kRequired},
        scenario.control);
  field({"application", "", {}, "what it does besides serving"}, scenario.application);
  field({"mix", "", {}, "instead of `workload`: phases"}, scenario.mix);
  field({"mix_repeats", "", {}, "after the last phase comes the first"}, scenario.mix_repeats);
  field({"processes", "", {}, "other processes"}, scenario.processes);
  field({"offload", "", {}, "a cloud that a share of the work is sent to"}, scenario.offload);
  field({"fine_tuning", "", {}, "a second tenant of the accelerator"}, scenario.fine_tuning);
}

}  // namespace flyball
