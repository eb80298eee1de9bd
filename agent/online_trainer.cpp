#include "agent/online_trainer.h"

#include <stdexcept>
#include <vector>

#include "env/action_space.h"

namespace flyball {

namespace {

// Runs an episode; `choose` gives the joint action of an observation, `tell` is given what came of
// it.
template <typename Choose, typename Tell>
EpisodeResult play(Environment& environment, std::uint64_t seed, Choose&& choose, Tell&& tell) {
  const ActionSpace actions(environment.action_space().counts);
  std::vector<Level> levels(actions.knob_count());
  Transition transition;
  transition.next_observation.resize(environment.observation_space().size());
  environment.reset(seed, transition.next_observation);
  EpisodeResult result;
  for (bool ended = false; !ended; ++result.decisions) {
    transition.observation = transition.next_observation;
    transition.action = choose(transition.observation);
    actions.levels_of(transition.action, levels);
    const StepResult step = environment.step(levels, transition.next_observation);
    transition.before_effect = step.before_effect;
    transition.after_effect = step.cost;
    transition.after_effect -= step.before_effect;
    transition.effect_seconds = step.effect_seconds;
    transition.seconds = step.cost.seconds;
    transition.terminated = step.terminated;
    transition.truncated = step.truncated;
    tell(transition);
    result.reward += step.reward;
    result.seconds += step.cost.seconds;
    ended = step.terminated || step.truncated;
  }
  return result;
}

}  // namespace

void validate(const OnlineConfig& config) {
  validate(config.exploration);
  if (config.decisions_per_step == 0) {
    throw std::invalid_argument("online.decisions_per_step = 0: must be > 0");
  }
}

OnlineTrainer::OnlineTrainer(const OnlineConfig& config, std::unique_ptr<DqnLearner> learner,
                             std::unique_ptr<ReplayBuffer> replay)
    : config_(config),
      learner_(std::move(learner)),
      replay_(std::move(replay)),
      returns_(learner_->n_step(), [this](const Transition& t) { replay_->add(t); }),
      exploration_random_(config.seed),
      sample_random_(config.seed + 1) {
  validate(config_);
}

ExploredAction OnlineTrainer::act(std::span<const float> observation) {
  const double epsilon = config_.exploration.at(decisions_++);
  return explore(greedy(observation), learner_->allowed(), epsilon, exploration_random_);
}

std::uint32_t OnlineTrainer::greedy(std::span<const float> observation) {
  std::uint32_t action = 0;
  learner_->act(observation, {&action, 1});
  return action;
}

void OnlineTrainer::observe(const Transition& transition) {
  returns_.add(transition);
  ++observed_;
  if (replay_->size() < config_.warmup || observed_ % config_.decisions_per_step != 0) return;
  for (std::uint64_t i = 0; i < config_.steps; ++i) {
    losses_ = learner_->step(*replay_, sample_random_);
  }
}

void OnlineTrainer::visit_state(StateVisitor& visitor) {
  visit_value(visitor, "decisions", decisions_);
  visit_value(visitor, "observed", observed_);
  visit_random(visitor, "exploration_random", exploration_random_);
  visit_random(visitor, "sample_random", sample_random_);
  returns_.visit_state(visitor, "returns");
  replay_->visit_content(visitor, "replay");
  replay_->visit_state(visitor, "replay");
  learner_->visit_state(visitor, "learner");
}

EpisodeResult run_episode(Environment& environment, OnlineTrainer& trainer, std::uint64_t seed) {
  return play(
      environment, seed,
      [&](std::span<const float> observation) {
        return static_cast<std::uint32_t>(trainer.act(observation).action);
      },
      [&](const Transition& transition) { trainer.observe(transition); });
}

EpisodeResult evaluate_episode(Environment& environment, OnlineTrainer& trainer,
                               std::uint64_t seed) {
  return play(
      environment, seed,
      [&](std::span<const float> observation) { return trainer.greedy(observation); },
      [](const Transition&) {});
}

}  // namespace flyball
