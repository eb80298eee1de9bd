// What a training run learns from, and how. Values.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "agent/trainer.h"
#include "agent/training/train_objective.h"
#include "agent/training/validation.h"
#include "env/config/fields.h"
#include "env/sim/simulated_log_config.h"
#include "replay/log_transitions.h"

namespace flyball {

// Telemetry logs to learn from.
struct LogSource {
  std::string pattern;  // a path or a glob pattern
  double weight = 1.0;  // of each of its transitions in the loss
};
template <typename Visitor, FieldsOf<LogSource> Config>
void visit(Visitor& field, Config& source) {
  field({"path", "", {}, "a telemetry log, or a pattern of names", Need::kRequired},
        source.pattern);
  field({"weight", "", above(0), "of each of its transitions in the loss"}, source.weight);
}

// A simulated board to learn from.
struct SimulationSource {
  std::string scenario;  // empty: whatever is to be simulated in this way
  SimulatedLogConfig log;
  double weight = 1.0;
};
template <typename Visitor, FieldsOf<SimulationSource> Config>
void visit(Visitor& field, Config& source) {
  field({"scenario", "", {}, "name or file of what is simulated; absent: what --simulate names"},
        source.scenario);
  visit(field, source.log);
  field({"weight", "", above(0), "of each of its transitions in the loss"}, source.weight);
}

// Datasets on disk (replay/hdf5) to learn from.
struct DatasetSource {
  std::string pattern;               // a path or a glob pattern
  double weight = 1.0;               // times each of its transitions' own
  std::optional<std::string> board;  // whose knobs the actions are, if the file holds rewards alone
};
template <typename Visitor, FieldsOf<DatasetSource> Config>
void visit(Visitor& field, Config& source) {
  field({"path", "", {}, "a dataset (replay/hdf5), or a pattern of names", Need::kRequired},
        source.pattern);
  field({"weight", "", above(0), "times each of its transitions' own"}, source.weight);
  field({"board", "", {}, "whose knobs the actions are, for a file of rewards alone"},
        source.board);
}

// Saturated jobs unless the file says otherwise.
inline SpanConfig standard_spans() {
  SpanConfig spans;
  spans.credit = TrainObjective{}.credit;
  return spans;
}

struct TrainConfig {
  std::string id;  // the file's name without ".toml"
  std::filesystem::path file;
  std::string text;  // of the file, with what it extends and what was set: what a run resumes from
  std::vector<LogSource> logs;
  std::vector<DatasetSource> datasets;
  std::vector<SimulationSource> simulations;
  SpanConfig spans = standard_spans();         // knobs, encoder, credit
  TrainerConfig trainer;                       // objective, network, learner, replay, support
  std::optional<ValidationConfig> validation;  // measured while training; absent: it is not
  std::optional<double> limit_factor;      // the latency limit as a multiple of the residents' mean
  std::optional<ServedRange> limit_range;  // in the unit of the factor, or of the limit
  bool references_given = false;           // else taken from the residents' spans
};
template <typename Visitor, FieldsOf<TrainConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"knobs", "", {}, "what the policy turns: cpu, gpu, emc, batch", Need::kRequired},
        config.spans.knobs);
  field({"caps", "", {}, "of those, the ones whose action is a ceiling with the resident below"},
        config.spans.caps);
  field({"period_seconds", "s", above(0), "the decision period H", Need::kRequired},
        config.spans.encoder.period_seconds);
  field({"logs", "", {}, "telemetry to learn from"}, config.logs);
  field({"datasets", "", {}, "datasets to learn from"}, config.datasets);
  field({"simulate", "", {}, "simulated boards to learn from"}, config.simulations);
  field.table({"observation", "", {}, "what the policy sees"},
              [&](auto& inner) { visit_features(inner, config.spans.encoder); });
  auto objective = objective_of(config);
  field({"objective", "", {}, "what is minimised and what must hold", Need::kRequired}, objective);
  if constexpr (!std::is_const_v<Config>) set_objective(config, objective);
  visit(field, config.trainer);
  field({"validation", "", {}, "measures the policy while it trains; absent: the last one is kept"},
        config.validation);
}

}  // namespace flyball
