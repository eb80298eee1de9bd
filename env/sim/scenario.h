// What is simulated and what is asked of a governor: board, mode, workload, arrivals, objective and
// control. Values; absent means default or unlimited.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "env/config/bounds.h"
#include "env/config/fields.h"
#include "env/sim/arrivals_config.h"
#include "env/sim/board_config.h"
#include "env/sim/sim_config.h"
#include "env/sim/workload_config.h"

namespace flyball {

// What a governor has to keep while it saves energy, [objective].
struct Objective {
  std::optional<double> latency_mean_seconds;  // limit on the mean latency
  std::optional<double> latency_mean_factor;   // the same, as a multiple of stock's mean
  std::optional<double> in_time_share;         // of all requests, where requests have deadlines
};
template <typename Visitor, FieldsOf<Objective> Config>
void visit(Visitor& field, Config& objective) {
  field({"latency_mean_seconds", "s", seconds_range(), "limit on the mean latency"},
        objective.latency_mean_seconds);
  field({"latency_mean_factor", "", above(0), "the same, as a multiple of the stock governors'"},
        objective.latency_mean_factor);
  field({"in_time_share", "", above_up_to(0, 1),
         "share of all requests that have to meet their deadline"},
        objective.in_time_share);
}

// What a governor may turn, and how often, [control].
struct ControlConfig {
  std::vector<std::string> knobs;       // leased, in this order
  std::vector<std::string> caps;        // of those, actions are ceilings with the resident below
  std::vector<double> batch_levels;     // of the knob "batch"; empty: there is none
  std::optional<double> default_batch;  // ceiling while nobody leases it; absent: highest or none
  std::vector<double> offload_levels;   // of the knob "offload"; empty: there is none
  std::vector<double> fine_tuning_levels = {};  // of the knob "fine_tuning"; empty: there is none
  double period_seconds = 1.0;                  // between decisions
  double sample_seconds = 0.1;                  // between readings, a row of the log each
  Delays think_seconds = 0.001;                 // t_AS: from reading to applying
  ActuationDelays actuation;                    // instead of the board's
};

// What the application does besides serving one workload, and what runs beside it.
struct ApplicationChoice {
  std::vector<std::string> variants;      // of the workload, in its file's [variants]
  std::optional<LoadWork> load;           // absent: the model is in memory at the start
  std::optional<FirstUse> first_use;      // absent: the server knows every batch size
  WorkMix mix;                            // [[mix]]; without phases the workload never changes
  std::optional<FineTuning> fine_tuning;  // [fine_tuning]
  std::vector<CpuProcess> processes;      // [[processes]]
  std::optional<OffloadConfig> offload;   // [offload]
};

struct Scenario {
  std::string id;  // the file's name without ".toml"
  std::string title;
  std::filesystem::path file;
  BoardConfig board;
  PowerMode mode;
  std::optional<double> cpu_floor_hz;  // replaces the mode's own
  WorkloadConfig workload;             // of a mix: the first
  ApplicationChoice application;
  ArrivalsConfig arrivals;
  Objective objective;
  ControlConfig control;
  std::optional<double> timeout_seconds;  // a run that has not ended by then is cut short
  double ambient_celsius = 25.0;
  std::vector<AmbientStep> ambient_steps;  // after that, ascending in time
  double service_noise = 0.0;        // standard deviation of the logarithm of a batch's seconds
  std::vector<std::uint64_t> seeds;  // one run each
};

}  // namespace flyball
