#include "agent/online_trainer.h"

#include <doctest/doctest.h>

#include <vector>

#include "replay/prioritized_replay.h"
#include "replay/uniform_replay.h"
#include "tests/agent/table_function.h"
#include "tests/support/state_store.h"

using namespace flyball;

namespace {

// A corridor of five cells: left or right; the right end pays and ends the episode, the left end
// pays a little at once. Cutting after 40 steps truncates. Two knobs: direction, and one of three
// levels that does nothing but cost.
class Corridor final : public Environment {
 public:
  Corridor() {
    observation_space_ = {{0.0F}, {4.0F}};
    action_space_.counts = {2, 3};
    mask_.assign(5, 1);
  }
  const BoxSpace& observation_space() const override { return observation_space_; }
  const MultiDiscreteSpace& action_space() const override { return action_space_; }
  std::span<const std::uint8_t> action_mask() const override { return mask_; }
  void reset(std::uint64_t, std::span<float> observation) override {
    cell_ = 1;
    steps_ = 0;
    observation[0] = 1.0F;
  }
  StepResult step(std::span<const Level> action, std::span<float> observation) override {
    cell_ += action[0] == 1 ? 1 : -1;
    StepResult result;
    result.cost.seconds = 1.0;
    result.before_effect.seconds = 0.25;
    result.effect_seconds = 0.25;
    result.cost.energy_joules = 1.0 + 0.2 * action[1];
    result.terminated = cell_ == 0 || cell_ == 4;
    if (cell_ == 0) *result.cost.energy_joules += 10.0;  // a bad end
    result.truncated = !result.terminated && ++steps_ >= 40;
    result.reward = -*result.cost.energy_joules;
    observation[0] = static_cast<float>(cell_);
    return result;
  }

 private:
  BoxSpace observation_space_;
  MultiDiscreteSpace action_space_;
  std::vector<std::uint8_t> mask_;
  int cell_ = 1;
  int steps_ = 0;
};

OnlineTrainer make_trainer(const OnlineConfig& config, std::vector<std::uint32_t> allowed,
                           std::size_t n_step = 1,
                           std::unique_ptr<ReplayBuffer> replay =
                               std::make_unique<UniformReplay>(ReplayShape{5000, 1, false})) {
  LearnerParts parts;
  parts.cost = std::make_unique<TableFunction>(5, 6, 0.1F);
  parts.allowed = std::move(allowed);
  LearnerConfig learner;
  learner.gamma = 0.95;
  learner.minibatch = 16;
  learner.target_tau = 0.1;
  learner.n_step = n_step;
  return {config, std::make_unique<DqnLearner>(learner, ObjectiveConfig{}, std::move(parts)),
          std::move(replay)};
}

OnlineConfig config() {
  OnlineConfig config;
  config.exploration = {1.0, 0.1, 1000};
  config.warmup = 50;
  return config;
}

}  // namespace

TEST_CASE("acting and learning in turns finds the way and the cheap level") {
  for (const std::size_t n_step : {1U, 3U}) {
    CAPTURE(n_step);
    Corridor corridor;
    OnlineTrainer trainer = make_trainer(config(), {0, 1, 2, 3, 4, 5}, n_step);
    for (std::uint64_t episode = 0; episode < 400; ++episode) {
      run_episode(corridor, trainer, episode);
    }
    const EpisodeResult result = evaluate_episode(corridor, trainer, 0);
    CHECK(result.reward == doctest::Approx(-3.0));  // three steps to the right at level 0
    CHECK(result.decisions == 3);
    CHECK(result.seconds == 3.0);
  }
}

TEST_CASE("actions that are not allowed are neither explored nor chosen") {
  Corridor corridor;
  OnlineTrainer trainer = make_trainer(config(), {1, 4});
  for (int i = 0; i < 500; ++i) {
    const std::size_t action = trainer.act(std::vector<float>{1.0F}).action;
    CHECK((action == 1 || action == 4));
  }
  for (std::uint64_t episode = 0; episode < 200; ++episode) {
    run_episode(corridor, trainer, episode);
  }
  CHECK(evaluate_episode(corridor, trainer, 0).reward == doctest::Approx(-3.6));
}

TEST_CASE("gradient steps begin after the warm-up and keep their ratio to decisions") {
  Corridor corridor;
  OnlineConfig slow = config();
  slow.warmup = 100;
  slow.decisions_per_step = 4;
  slow.steps = 2;
  OnlineTrainer trainer = make_trainer(slow, {0, 1, 2, 3, 4, 5});
  while (trainer.observed() < 99) {
    run_episode(corridor, trainer, 1);
    if (trainer.observed() < 100) CHECK(trainer.learner().steps() == 0);
  }
  const std::uint64_t observed = trainer.observed();
  const std::uint64_t steps = trainer.learner().steps();
  while (trainer.observed() < observed + 400) run_episode(corridor, trainer, 1);
  const auto expected = static_cast<double>(trainer.observed() - observed) / 2.0;
  CHECK(static_cast<double>(trainer.learner().steps() - steps) ==
        doctest::Approx(expected).epsilon(0.02));
}

TEST_CASE("evaluating neither stores nor learns, and the same seed learns the same") {
  const auto train = [](bool evaluate) {
    Corridor corridor;
    OnlineTrainer trainer = make_trainer(config(), {0, 1, 2, 3, 4, 5});
    for (std::uint64_t episode = 0; episode < 60; ++episode) {
      run_episode(corridor, trainer, episode);
      if (evaluate) evaluate_episode(corridor, trainer, 7);
    }
    std::vector<float> values(6);
    trainer.learner().cost().clone()->predict(std::vector<float>{1.0F}, values);
    return values;
  };
  CHECK(train(false) == train(true));
}

TEST_CASE("an online config's error names the key") {
  OnlineConfig bad;
  bad.decisions_per_step = 0;
  CHECK_THROWS_WITH_AS(make_trainer(bad, {0}), "online.decisions_per_step = 0: must be > 0",
                       std::invalid_argument);
}

TEST_CASE("a resumed online trainer goes on to the same bits as one that was never stopped") {
  for (const std::size_t n_step : {1U, 3U}) {
    CAPTURE(n_step);
    const auto make = [&] {
      return make_trainer(
          config(), {0, 1, 2, 3, 4, 5}, n_step,
          std::make_unique<PrioritizedReplay>(ReplayShape{100, 1, false}, PriorityConfig{}));
    };
    // In the middle of an episode, so that returns are open; more transitions than the buffer
    // holds.
    const auto decide = [](OnlineTrainer& trainer, int times) {
      std::vector<std::size_t> actions;
      for (int i = 0; i < times; ++i) {
        Transition transition;
        const auto cell = static_cast<float>(i % 5);
        transition.observation = {cell};
        transition.next_observation = {static_cast<float>((i + 1) % 5)};
        transition.action = static_cast<std::uint32_t>(trainer.act(transition.observation).action);
        transition.after_effect = {1.0, 0.1 * static_cast<double>(transition.action) + 1.0, 0.0,
                                   0.0, 0.0};
        transition.seconds = 1.0;
        trainer.observe(transition);
        actions.push_back(transition.action);
      }
      return actions;
    };
    OnlineTrainer never_stopped = make();
    decide(never_stopped, 150);
    StateStore store;
    StoreSaver saver(store);
    never_stopped.visit_state(saver);
    OnlineTrainer resumed = make();
    StoreRestorer restorer(store);
    resumed.visit_state(restorer);
    CHECK(decide(never_stopped, 200) == decide(resumed, 200));
    StateStore first;
    StateStore second;
    StoreSaver save_first(first);
    StoreSaver save_second(second);
    never_stopped.visit_state(save_first);
    resumed.visit_state(save_second);
    CHECK(first == second);
  }
}
