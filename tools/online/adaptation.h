// A board governed by a policy that goes on learning meanwhile: the control loop, the exploring
// governor and the adaptive learner put together. Not thread-safe; run() may use a second thread.
//
// Rows go one way, policies the other, neither through a lock: the loop's thread writes rows into a
// RowRing and takes policies from a Handover. With LearnerPace::kTurns all is done by the calling
// thread, the learner's part at the end of the row after a decision: the same bits whatever the
// timing, and a run can be resumed to the same bits.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "agent/adaptive_learner.h"
#include "controllers/control_loop.h"
#include "controllers/exploring_governor.h"
#include "env/config/fields.h"
#include "env/plant.h"
#include "replay/row_ring.h"
#include "replay/transition_stream.h"

namespace flyball {

enum class LearnerPace : std::uint8_t {
  kTurns,   // after each span the plant's time stands still until it has been learned from
  kThread,  // a thread of its own, as fast as it can; spans that wait are learned from in order
  kHeld,    // the same, and virtual time is held back while the learner is a period behind
};
constexpr auto words(LearnerPace) {
  return std::array{Word{"turns", LearnerPace::kTurns}, Word{"thread", LearnerPace::kHeld},
                    Word{"thread_at_once", LearnerPace::kThread}};
}

struct AdaptationConfig {
  AdaptConfig learning;
  ExploringConfig exploring;
  SpanConfig spans;  // as the policy was trained: knobs, encoder, credit
  LoopConfig loop;
  std::optional<double> sensor_lag_seconds;  // of the power readings
  LearnerPace pace = LearnerPace::kTurns;
};

// Decisions so far, by who took them.
struct DecisionCounts {
  std::uint64_t policy = 0;
  std::uint64_t random = 0;
  std::uint64_t residents = 0;
};

class Adaptation {
 public:
  // Throws std::invalid_argument saying what of policy, configuration and plant do not fit. The
  // plant must outlive it.
  Adaptation(const AdaptationConfig& config, const PolicyFile& start, Plant& plant);
  ~Adaptation();
  Adaptation(const Adaptation&) = delete;
  Adaptation& operator=(const Adaptation&) = delete;

  // As ControlLoop::run. Call it once.
  LoopReport run(const std::function<bool()>& stop, double until_seconds);

  // Everything that decides how it goes on, every decision included: restored before run(), with a
  // simulated plant at its beginning, the decisions are played back and then gone on from. Not
  // while run() runs.
  void visit_state(StateVisitor& visitor);

  const AdaptiveLearner& learner() const { return learner_; }
  // From run()'s callback or when it does not run.
  const DecisionCounts& decisions() const { return counts_; }
  std::uint64_t dropped_rows() const { return ring_ ? ring_->dropped() : 0; }
  double learning_seconds() const { return learning_seconds_; }  // wall clock, in gradient steps

 private:
  class LoopSink;

  void take(const TelemetryRow& row);
  void observe(const StreamedSpan& span);
  void count(const TelemetryRow& row);
  LoopReport run_with_learner_thread(ControlLoop& loop, const std::function<bool()>& stop,
                                     double until_seconds);

  AdaptationConfig config_;
  Plant& plant_;
  std::vector<std::size_t> knobs_;
  AdaptiveLearner learner_;
  Handover<ActingPolicy> policies_;
  ExploringGovernor governor_;
  TransitionStream stream_;
  std::unique_ptr<RowRing> ring_;  // with a thread
  std::unique_ptr<LoopSink> sink_;
  DecisionCounts counts_;

  // The learner's side.
  std::vector<PastDecision> decisions_;
  std::uint64_t spans_ = 0;        // complete ones
  std::uint64_t known_spans_ = 0;  // of a run that is resumed: learned from already
  double learning_seconds_ = 0.0;
};

}  // namespace flyball
