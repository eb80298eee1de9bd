// Transitions of one or several logs that are trained on together. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "env/config/fields.h"
#include "env/knob.h"
#include "env/observation_layout.h"
#include "replay/log_transitions.h"
#include "replay/transition.h"

namespace flyball {

// One log or dataset of a training set.
struct DataSource {
  std::string name;
  std::string
      simulated_scenario;  // of one that a simulation wrote; empty: of a board, or asked for
  std::optional<double> row_seconds;                   // between its rows; absent: not known
  std::optional<double> joules_per_request;            // under the residents
  std::optional<double> power_seconds = std::nullopt;  // between readings of the power
  bool power_is_spread = false;  // over the rows between (replay/power_spread.h)
};

struct TrainingSet {
  std::string board;
  std::vector<Knob> knobs;
  std::vector<std::string> caps;   // of those, the ones whose action is a ceiling
  std::vector<LevelRange> limits;  // what every log allowed; any, if the observation tells the mode
  double period_seconds = 1.0;     // H, the decision period
  std::vector<std::string> observation_names;
  std::vector<Transition> transitions;
  SpanCounts counts;
  SpanCost residents;             // of all residents' spans
  std::vector<std::string> logs;  // where they come from; for the policy file
  std::vector<DataSource> sources;
  bool simulated = false;
  bool rewards_only = false;  // costs are another program's rewards: no latency, no misses
  std::string scenario;

  std::size_t observation_size() const { return observation_names.size(); }
  ObservationLayout layout() const { return {observation_names, knobs}; }
};

// Adds a log. Throws std::invalid_argument naming what differs when board, knobs or observation are
// not those of the logs before it.
void append(TrainingSet& set, const std::string& log, const std::string& board,
            LogTransitions&& more);

// How often each joint action was taken.
std::vector<std::size_t> action_counts(const TrainingSet& set);

// How often each was chosen whatever the load: by exploration or by a policy. The residents' levels
// follow from the load; what they keep while the board is idle says nothing of it under load. So
// their spans count only where nobody else chose, and where every knob is a cap, of which they
// always have the highest.
std::vector<std::size_t> chosen_counts(const TrainingSet& set);

// Which settings a policy may choose.
struct SupportConfig {
  std::size_t minimum = 1;  // times that it, or a neighbour, must have been chosen in the logs
  std::size_t radius = 0;   // levels away, in every knob, that count as neighbours; 0: itself alone
};
template <typename Visitor, FieldsOf<SupportConfig> Config>
void visit(Visitor& field, Config& config) {
  field(
      {"minimum", "times", within(0, 1e9), "a setting seen less often in the logs is never chosen"},
      config.minimum);
  field({"radius", "levels", within(0, 100),
         "so far away in every knob counts as seen, too; 0: itself alone"},
        config.radius);
}

// One byte per joint action: 1 where the logs support it so and it lies inside the limits. Throws
// std::invalid_argument when that leaves nothing.
std::vector<std::uint8_t> supported_actions(const TrainingSet& set, const SupportConfig& config);

// Multiplies each weight by (times its action was taken)^-exponent, then scales all to a mean of 1:
// stock's one setting would otherwise outvote all others.
void balance_weights(TrainingSet& set, double exponent);

}  // namespace flyball
