// Inference and fine-tuning on one accelerator, after PolyThrottle's section 6: minibatches run
// while the limit on inference latency allows it, at the setting that is best for both. Not
// thread-safe.
//
// At each decision, where minibatches wait:
//   1. Is time sharing within the limit? By the predictor of the slow-down (corun_predictor.h), the
//      rate of arrivals and the wait that comes of it (wait_bound.h), at every setting of the
//      profile. The same for minibatches between the batches of inference, one after another: then
//      a request waits for one of them at worst.
//   2. Of the settings and ways that are, those whose fine-tuning is within `fastest_share` of the
//      fastest, and of these the one with the least energy per minibatch.
//   3. If there is none, no minibatch runs, and inference has the setting with the least power that
//      keeps its limit.
// Where requests pile up fine-tuning stops at once, and inference has the fastest setting. Where
// too many are late it rests (late_watch.h). Predictor and profile follow what the application
// shows: a request that was alone in the system calibrates the one or the other.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controllers/corun_predictor.h"
#include "controllers/faded_count.h"
#include "controllers/late_watch.h"
#include "env/governor.h"

namespace flyball {

// What a setting of the clocks does, as a sweep shows it
// (controllers/evaluation/fine_tuning_plan.h).
struct ServingRow {
  std::vector<Level> levels;       // one per knob of the plan
  double request_seconds = 0.0;    // a batch of one, alone
  double minibatch_seconds = 0.0;  // alone
  double idle_watts = 0.0;         // of the module
  double serving_watts = 0.0;
  double tuning_watts = 0.0;
};

struct FineTuningPlan {
  std::vector<std::string> knobs;  // the clocks
  std::vector<ServingRow> rows;    // not empty
  CorunFeatures features;          // of a request beside a minibatch
  CorunPredictor predictor = CorunPredictor();
};

struct FineTuningConfig {
  double in_time_share = 0.97;  // of requests that have to meet their limit
  double margin = 0.1;          // of the limit, kept for what is not known
  double fastest_share = 0.97;  // of the fastest fine-tuning within the limit: so much has to be
  double rate_seconds = 10.0;   // over which arrivals are counted
  double hold_seconds = 2.0;    // without fine-tuning after too many were late; doubled each time
  double period_seconds = 0.1;
};

class FineTuningGovernor final : public Governor {
 public:
  // Throws std::invalid_argument for a plan without rows, or rows of another number of knobs.
  FineTuningGovernor(FineTuningPlan plan, const FineTuningConfig& config);

  std::string_view name() const override { return "fine-tuning"; }
  // Throws std::invalid_argument unless the scope holds the knob kFineTuningKnob and the plan's,
  // and the plant an application.
  void reset(const GovernorScope& scope) override;
  // Without the application's telemetry no minibatch runs, and the residents have the clocks.
  Decision decide(const GovernorInput& input) override;
  Period period() const override { return {config_.period_seconds, false}; }

  // Of a request that has the accelerator to itself, over the profile's.
  double request_scale() const { return request_scale_; }
  const CorunPredictor& predictor() const { return predictor_; }

 private:
  // How minibatches run: the knob's values.
  static constexpr std::size_t kNone = 0;
  static constexpr std::size_t kBetween = 1;
  static constexpr std::size_t kBeside = 2;
  static constexpr std::size_t kWays = 3;

  // A setting and a way, and what is predicted of them.
  struct Option {
    std::size_t row = 0;
    std::size_t way = kNone;
    double minibatches_per_second = 0.0;
    double price = 0.0;  // joules per minibatch, or watts where none runs
    bool is_in_time = false;
  };
  struct Seen {
    double time_seconds = 0.0;
    std::uint64_t arrived = 0;
    std::uint64_t served = 0;
    std::uint64_t missed = 0;
    std::uint64_t queue_length = 0;
    double minibatches_waiting = 0.0;
  };

  void observe(const ApplicationTelemetry& application, double now_seconds);
  void learn(const ApplicationTelemetry& application);
  bool is_piling_up(const ApplicationTelemetry& application, const Option& option) const;
  double request_seconds(const Option& option) const;
  double rate_lost(const Option& option, double requests_per_second) const;
  bool is_allowed(const ServingRow& row) const;
  Option predicted(std::size_t row, std::size_t way) const;
  Option choose(bool may_tune) const;
  Option fastest() const;
  template <typename Visitor>
  void each_option(bool may_tune, Visitor&& visit) const;
  bool is_better(const Option& one, const std::optional<Option>& other, double least_rate) const;
  Setting setting_of(const Option& option) const;

  FineTuningPlan plan_;
  FineTuningConfig config_;
  std::vector<LevelRange> limits_;
  std::vector<std::size_t> knobs_;  // of the scope, per knob of the plan
  std::size_t tuning_knob_ = 0;
  std::array<std::optional<Level>, kWays> levels_;  // of the knob, per way; absent: not allowed

  CorunPredictor predictor_;
  double request_scale_ = 1.0;
  std::optional<Seen> seen_;
  bool is_one_alone_ = false;  // a request has come that met no other one
  FadedCount arrivals_;
  LateWatch late_watch_;
  std::optional<double> deadline_seconds_;  // absent: no request was seen yet
  std::optional<Option> in_force_;
  double since_seconds_ = 0.0;  // when that was chosen
};

}  // namespace flyball
