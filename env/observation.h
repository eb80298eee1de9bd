// From telemetry to the numbers a policy sees. Not thread-safe: keeps the last counters to take
// differences. One encoder serves training and the board; its config travels in the policy file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "env/config/fields.h"
#include "env/governor.h"
#include "env/knob.h"
#include "env/observation_layout.h"
#include "env/telemetry.h"

namespace flyball {

// Periods that count as long ago.
inline constexpr double kLongAge = 4.0;

// Which groups are encoded, and their scales. Every output lies in about [-1, 1].
struct EncoderConfig {
  double period_seconds = 1.0;  // H, the decision period
  // What the user asks for, where the policy serves more than one: not of the plant.
  double eta = 1.0;              // the preference (RewardConfig), if `with_eta`
  double limit = 1.0;            // on latency (seconds) or misses (a share), if `with_limit`
  double limit_scale = 1.0;      // encoded as 0; e times it as 1
  bool with_effective = true;    // effective level per knob
  bool with_utilization = true;  // per knob with domains, over the time since the last encoding
  bool with_queue = false;       // log1p(requests in the system) against queue_scale
  bool with_arrivals = false;    // log1p(requests arrived per second) against rate_scale
  bool with_slack = false;       // smallest remaining slack: presence flag and value (log scale)
  bool with_deadline = false;  // smallest limit in the system: presence flag and value (log scale)
  bool with_power = false;     // module power against power_scale_watts
  bool with_temperature = false;  // hottest zone against 100 degrees
  bool with_eta = false;
  bool with_limit = false;
  bool with_mode = false;  // the nvpmodel mode: floor and ceiling per board knob, share of CPUs on
  // What makes a concurrent decision Markov (Xiao et al. 2020; DVFO eq. 3). Leave one out only to
  // measure what it is worth.
  bool with_previous_action = true;  // level per knob of the action that runs while we think
  bool with_action_age = false;      // for how long it was asked for: of kLongAge periods
  bool with_t_as = true;             // t_AS / H, the last measured one
  bool with_vector_to_go = true;     // requested minus effective, per knob
  // Of an application that sends a share of its work to a cloud.
  bool with_bandwidth = false;  // of the last transfer: presence flag and value (log scale)
  bool with_top_share = false;  // of the importance that the first features hold (DVFO's state)
  bool with_lambda = false;     // the edge's weight in the fused answer, likewise
  double queue_scale = 64.0;
  double rate_scale = 100.0;  // requests per second
  double slack_scale_seconds = 10.0;
  double power_scale_watts = 20.0;
  double bandwidth_scale = 8e6;  // bits per second; a sixteenth of it is encoded as 0
};

// What a training file chooses, [observation].
template <typename Visitor, FieldsOf<EncoderConfig> Config>
void visit_features(Visitor& field, Config& config) {
  field({"with_effective", "", {}, "effective level per knob"}, config.with_effective);
  field({"with_utilization", "", {}, "utilisation per knob, since the last decision"},
        config.with_utilization);
  field({"with_queue", "", {}, "requests in the system"}, config.with_queue);
  field({"with_arrivals", "", {}, "requests that arrive per second"}, config.with_arrivals);
  field({"with_slack", "", {}, "the smallest time that is left to a deadline"}, config.with_slack);
  field({"with_deadline", "", {}, "the smallest limit on a request in the system"},
        config.with_deadline);
  field({"with_power", "", {}, "the module's power"}, config.with_power);
  field({"with_temperature", "", {}, "the hottest zone"}, config.with_temperature);
  field({"with_mode", "", {}, "what the nvpmodel mode allows: floor and ceiling, share of CPUs on"},
        config.with_mode);
  field({"with_previous_action", "", {}, "level per knob of the action that runs while we think"},
        config.with_previous_action);
  field({"with_action_age",
         "",
         {},
         "for how long that action has been asked for, of four periods; longer counts as that"},
        config.with_action_age);
  field({"with_t_as", "", {}, "the last measured t_AS, in periods"}, config.with_t_as);
  field({"with_vector_to_go", "", {}, "requested minus effective level per knob"},
        config.with_vector_to_go);
  field({"with_bandwidth", "", {}, "of the last transfer to a cloud; absent until there was one"},
        config.with_bandwidth);
  field({"with_top_share", "", {}, "of the importance that a request's first features hold"},
        config.with_top_share);
  field({"with_lambda", "", {}, "the edge's weight in an answer that edge and cloud give together"},
        config.with_lambda);
  field({"queue_scale", "requests", above(0), "queue that is encoded as 1"}, config.queue_scale);
  field({"rate_scale", "1/s", above(0), "rate of arrivals that is encoded as 1"},
        config.rate_scale);
  field({"slack_scale_seconds", "s", above(0), "slack and deadline that are encoded as 1"},
        config.slack_scale_seconds);
  field({"power_scale_watts", "W", above(0), "power that is encoded as 1"},
        config.power_scale_watts);
  field({"bandwidth_scale", "bit/s", above(0),
         "bandwidth that is encoded as 1; a sixteenth of it is 0"},
        config.bandwidth_scale);
}

template <typename Visitor, FieldsOf<EncoderConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"period_seconds", "s", above(0), "the decision period H"}, config.period_seconds);
  field({"eta", "", within(0, 1), "the preference that is encoded"}, config.eta);
  field({"limit", "", above(0), "the limit that is encoded"}, config.limit);
  field({"limit_scale", "", above(0), "limit that is encoded as 0"}, config.limit_scale);
  field({"with_eta", "", {}, "the preference"}, config.with_eta);
  field({"with_limit", "", {}, "the limit on latency or misses"}, config.with_limit);
  visit_features(field, config);
}

void validate(const EncoderConfig& config);

// A level as the observation holds it: a number in [-1, 1]; 0 for a knob with a single level.
float encoded_level(const Knob& knob, Level level);
Level decoded_level(const Knob& knob, float encoded);
float encoded_limit(double limit, double limit_scale);

struct ObservationRow;
enum class TelemetryPart : std::uint8_t;

// Writes the features that the config asks for, in the order of env/observation_table.cpp (K knobs
// of the scope):
//   effective[K] utilization[knobs with domains] queue arrivals slack[2] deadline[2] power
//   temperature eta limit floor[knobs with domains] ceiling[knobs with domains] cpus_online
//   previous_action[K] action_age t_as/H vector_to_go[K] bandwidth[2] top_share lambda
class ObservationEncoder {
 public:
  // Throws std::invalid_argument when the config needs telemetry that the plant never gives.
  ObservationEncoder(const EncoderConfig& config, const GovernorScope& scope);

  std::size_t size() const { return layout_.size(); }
  const ObservationLayout& layout() const { return layout_; }
  const std::vector<std::string>& names() const { return layout_.names(); }
  const EncoderConfig& config() const { return config_; }

  // Whether the telemetry holds what is encoded; what is absent would encode as 0.
  bool has_required(const Telemetry& telemetry) const;

  void reset();
  // What the mode allows from now on, one range per knob of the scope.
  void set_limits(std::span<const LevelRange> limits);
  // Writes size() floats. `previous_action`: one level per knob, what runs while we think.
  // `t_as_seconds`: the last measured one, with which that action was applied: it was decided at
  // the last encoding if it differs from the one before, and is old after reset(). No allocation.
  // Absent telemetry encodes as 0.
  void encode(const Telemetry& telemetry, std::span<const Level> previous_action,
              double t_as_seconds, std::span<float> observation);

 private:
  struct Counters {
    double time_seconds = 0.0;
    std::uint64_t arrived = 0;
    std::vector<std::optional<double>> busy;  // per knob, cumulative seconds; absent: not shown
    bool valid = false;
  };
  // What runs while we think, and since when it has been asked for; absent: for long.
  struct Running {
    std::vector<Level> action;
    std::optional<double> since_seconds;
  };
  // A row of the table, for one knob.
  struct Component {
    const ObservationRow* row = nullptr;
    std::size_t knob = 0;
    double scale = 0.0;
  };
  bool needs(TelemetryPart what) const;
  void need(TelemetryPart what);
  bool shows(TelemetryPart what, const Telemetry& telemetry) const;
  bool shows_clocks(const Telemetry& telemetry) const;
  bool shows_loads(const Telemetry& telemetry) const;
  double action_age(double now_seconds, std::span<const Level> action, double t_as_seconds);
  float utilization(std::size_t knob, const Telemetry& telemetry, double elapsed_seconds);
  double arrivals_per_second(std::uint64_t arrived, double elapsed_seconds) const;

  EncoderConfig config_;
  std::vector<Knob> knobs_;
  std::vector<LevelRange> limits_;
  std::vector<std::vector<int>> knob_cpus_;
  ObservationLayout layout_;
  std::vector<Component> components_;
  std::vector<TelemetryPart> needs_;             // each once
  std::vector<std::optional<Level>> effective_;  // of the last encoding, per knob
  std::vector<float> utilization_;
  Counters last_;
  Running running_;
};

}  // namespace flyball
