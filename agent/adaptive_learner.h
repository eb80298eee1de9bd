// Learning while a policy governs: from the spans of a running loop to better policies, and what to
// do when the workload changes. Not thread-safe: it lives on the learner's thread, or takes turns
// with whoever acts. For policies whose costs are counted per request (saturated jobs).
//
// It starts from a policy file. What that policy predicts of every supported setting is its belief
// (pseudo-transitions, as in Robins 1995, so that learning a few settings does not unlearn the
// others); what is seen since weighs more and more against it (FadingReplay). Every span adds one
// transition and a fixed number of gradient steps of the learner that trains offline.
//
// Both networks' prediction errors are watched (ChangeDetector). After an alarm:
//   measuring    the residents decide for some spans: that is safe, and gives the references of the
//                new workload. In their units the old prediction of every setting becomes the new
//                belief: the same shape.
//   relearning   exploration is raised and falls back to its usual share over relearn_seconds.
//   steady       what was learned has become the belief; errors are watched again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "agent/change_detector.h"
#include "agent/dqn_learner.h"
#include "agent/networks/fused_network.h"
#include "agent/networks/q_network.h"
#include "env/config/bounds.h"
#include "env/config/fields.h"
#include "env/knob.h"
#include "env/state_visitor.h"
#include "policies/acting_policy.h"
#include "policies/policy_file.h"
#include "replay/fading_replay.h"
#include "replay/transition_stream.h"

namespace flyball {

struct AdaptConfig {
  std::uint64_t steps = 100;    // gradient steps per span
  std::size_t minibatch = 64;   // rows of each
  double learning_rate = 1e-3;  // Adam
  std::size_t degree = 3;       // of a smooth head at most; few data do not determine higher powers
  std::size_t capacity = 10'000;       // transitions remembered, those of the belief included
  FadingConfig steady{100.0, 500.0};   // how the starting policy's belief fades
  FadingConfig relearning{8.0, 10.0};  // and a belief that a change has put in doubt
  ChangeConfig change;
  std::size_t reference_spans = 2;  // of the residents after a change, beside a first one that only
                                    // lets the clocks settle
  double relearn_seconds = 150.0;   // after which a change is behind us
  double epsilon = 0.05;            // share of decisions drawn at random
  double relearn_epsilon = 0.5;     // the same right after a change
  double explore_bound = 1.05;      // draw only settings predicted to stay below limit times this
  std::size_t radius = 1;  // levels around a setting that was tried which may be tried next
  std::optional<double> limit_factor;  // the latency limit is so many times the residents' latency,
                                       // measured anew after a change; absent: it stays
  std::uint64_t seed = 0;
};

template <typename Visitor, FieldsOf<AdaptConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"steps", "steps", within(0, 100'000), "gradient steps per span"}, config.steps);
  field({"minibatch", "rows", within(1, 65'536), "transitions per gradient step"},
        config.minibatch);
  field({"learning_rate", "", {0, 1, true, true}, "Adam's"}, config.learning_rate);
  field({"degree", "", within(0, 6), "of a smooth head's polynomials, at most"}, config.degree);
  field({"capacity", "transitions", within(1, 1e8), "remembered, those of the belief included"},
        config.capacity);
  field({"steady", "", {}, "how the starting policy's belief fades"}, config.steady);
  field({"relearning", "", {}, "how a belief fades that a change has put in doubt"},
        config.relearning);
  field({"change", "", {}, "what counts as a change of the workload"}, config.change);
  field({"reference_spans", "spans", at_least(1), "of the residents, measured after a change"},
        config.reference_spans);
  field({"relearn_seconds", "s", seconds_range(), "after which a change is behind us"},
        config.relearn_seconds);
  field({"epsilon", "", within(0, 1), "share of decisions drawn at random"}, config.epsilon);
  field({"relearn_epsilon", "", within(0, 1), "the same right after a change of the workload"},
        config.relearn_epsilon);
  field({"explore_bound", "", above(0),
         "draw only settings predicted to stay below the limit times this"},
        config.explore_bound);
  field({"radius", "levels", within(0, 64),
         "levels around a setting that was tried which may be tried next"},
        config.radius);
  field({"limit_factor", "", above(0),
         "the latency limit is so many times the residents' latency, measured anew after a "
         "change; absent: it stays"},
        config.limit_factor);
}

// Throws std::invalid_argument naming the key at fault.
void validate(const AdaptConfig& config);

enum class AdaptPhase : std::uint8_t { kSteady, kMeasuring, kRelearning };

const char* to_string(AdaptPhase phase);  // "steady", "measuring", "relearning"

class AdaptiveLearner {
 public:
  // `limits`: what the board allows, one range per knob. Throws std::invalid_argument when the
  // policy is not one that can be learned on: costs not per request, no preference for energy.
  AdaptiveLearner(const AdaptConfig& config, PolicyFile start, std::vector<LevelRange> limits);

  // The next complete span: stored, and learned from.
  void observe(const StreamedSpan& span);

  // What there is to act by. Allocates.
  ActingPolicy acting() const;
  PolicyFile policy(const std::string& version) const;

  AdaptPhase phase() const { return phase_; }
  std::uint64_t spans() const { return spans_; }
  std::uint64_t changes() const { return changes_; }
  std::uint64_t steps() const { return learner_->steps(); }
  const StepLosses& losses() const { return losses_; }
  const ObjectiveConfig& objective() const { return objective_; }
  // Settings that may be chosen.
  std::size_t supported() const;

  // Everything that decides how it goes on; restored into a learner of the same configuration and
  // start it goes on to the same bits.
  void visit_state(StateVisitor& visitor);

 private:
  bool is_change(const Transition& transition);
  void begin_measuring();
  void measure(const StreamedSpan& span);
  void begin_relearning();
  void settle();
  void believe(const FadingConfig& fading);
  void enter(AdaptPhase phase);
  void support_neighbours(std::uint32_t action);
  std::vector<Transition> beliefs();
  void learn();
  double epsilon() const;

  AdaptConfig config_;
  PolicyFile start_;
  std::vector<LevelRange> limits_;
  ActionSpace actions_;
  ObjectiveConfig objective_;
  ValueScale cost_scale_;
  ValueScale constraint_scale_;
  std::vector<std::uint8_t> inside_;   // per joint action: the board allows it
  std::vector<std::uint8_t> support_;  // per joint action: it may be chosen
  FusedNetwork* cost_ = nullptr;       // the learner's
  FusedNetwork* constraint_ = nullptr;
  std::unique_ptr<FadingReplay> replay_;
  std::unique_ptr<DqnLearner> learner_;
  ChangeDetector cost_errors_;
  ChangeDetector constraint_errors_;
  std::mt19937_64 random_;
  std::vector<float> observation_;  // the last one: what beliefs are stated for
  AdaptPhase phase_ = AdaptPhase::kSteady;
  std::uint64_t spans_ = 0;
  std::uint64_t changes_ = 0;
  std::uint64_t phase_spans_ = 0;  // in this phase
  SpanCost residents_;             // while measuring
  StepLosses losses_;
};

}  // namespace flyball
