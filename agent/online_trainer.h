// Learning while acting: an epsilon-greedy actor, a replay buffer and a learner in turns. Not
// thread-safe. Where decisions come from - an Environment (run_episode) or a control loop - is the
// caller's: it asks act() and tells observe().
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <span>

#include "agent/dqn_learner.h"
#include "env/environment.h"
#include "policies/exploration.h"
#include "replay/n_step.h"
#include "replay/replay_buffer.h"

namespace flyball {

struct OnlineConfig {
  LinearSchedule exploration{1.0, 0.05, 10'000};  // epsilon by decision
  std::uint64_t warmup = 1'000;                   // transitions before the first gradient step
  std::uint64_t decisions_per_step = 1;  // gradient steps are taken every so many decisions ...
  std::uint64_t steps = 1;               // ... this many at a time
  std::uint64_t seed = 0;
};

// Throws std::invalid_argument naming the key at fault.
void validate(const OnlineConfig& config);

class OnlineTrainer {
 public:
  // `replay` may hold transitions already (of a log); they count as warm-up.
  OnlineTrainer(const OnlineConfig& config, std::unique_ptr<DqnLearner> learner,
                std::unique_ptr<ReplayBuffer> replay);
  OnlineTrainer(const OnlineTrainer&) = delete;
  OnlineTrainer& operator=(const OnlineTrainer&) = delete;

  // The next decision: exploring, or the policy's own.
  ExploredAction act(std::span<const float> observation);
  std::uint32_t greedy(std::span<const float> observation);
  // What came of a decision. Joined to n-step returns, stored, and learned from when it is due.
  // Losses of the last gradient step are in losses().
  void observe(const Transition& transition);

  // Everything that decides how learning goes on, the configuration apart: restored into a trainer
  // of the same configuration it goes on to the same bits.
  void visit_state(StateVisitor& visitor);

  std::uint64_t decisions() const { return decisions_; }
  std::uint64_t observed() const { return observed_; }
  const StepLosses& losses() const { return losses_; }
  const DqnLearner& learner() const { return *learner_; }
  const ReplayBuffer& replay() const { return *replay_; }

 private:
  OnlineConfig config_;
  std::unique_ptr<DqnLearner> learner_;
  std::unique_ptr<ReplayBuffer> replay_;
  NStep returns_;
  std::mt19937_64 exploration_random_;
  std::mt19937_64 sample_random_;
  std::uint64_t decisions_ = 0;
  std::uint64_t observed_ = 0;
  StepLosses losses_;
};

struct EpisodeResult {
  double reward = 0.0;  // sum over the episode, undiscounted
  double seconds = 0.0;
  std::uint64_t decisions = 0;
};

// One episode from reset to its end, learning. Joint actions: mixed radix over the environment's
// action space.
EpisodeResult run_episode(Environment& environment, OnlineTrainer& trainer, std::uint64_t seed);

// One episode under the policy alone: nothing is explored or learned.
EpisodeResult evaluate_episode(Environment& environment, OnlineTrainer& trainer,
                               std::uint64_t seed);

}  // namespace flyball
