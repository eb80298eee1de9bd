#include "tools/reproduce/own/delay_policy.h"

#include <array>
#include <memory>

#include "tools/reproduce/common/judging.h"
#include "tools/reproduce/common/trained_policy.h"
#include "tools/reproduce/own/blind_policy.h"

namespace flyball {

namespace {

constexpr std::array kScenarios = {"slow-controller-tx2", "slow-clocks-agx-orin", "link-tx2"};
// What follows from an action also depends on the one before it: a log has to hold more of them.
constexpr double kExplore = 0.4;

std::shared_ptr<const PolicyFile> learn(const TrainConfig& config, std::uint64_t seed) {
  return train_policy(config, load_data(config, seed), seed).policy;
}

}  // namespace

std::span<const char* const> delay_scenarios() { return kScenarios; }

TrainConfig concurrent(TrainConfig config) {
  EncoderConfig& encoder = config.spans.encoder;
  encoder.with_previous_action = encoder.with_action_age = encoder.with_t_as = true;
  encoder.with_vector_to_go = false;
  config.trainer.learner.backup = Backup::kFullPeriod;
  for (SimulationSource& source : config.simulations) source.log.explore = kExplore;
  return config;
}

TrainConfig blind_to_delay(TrainConfig config) {
  config = concurrent(std::move(config));
  EncoderConfig& encoder = config.spans.encoder;
  encoder.with_previous_action = encoder.with_action_age = encoder.with_t_as = false;
  return config;
}

DelayPolicy train_delay_policies(const ChangingCase& which, std::uint64_t seed) {
  const TrainConfig knows = concurrent(which.training);
  const Evaluation evaluation =
      judge(which.scenario, which.scenario.seeds,
            {guarded_choice(learn(knows, seed)), guarded_choice(learn(blind_to_delay(knows), seed)),
             guarded_choice(learn(which.training, seed)),
             guarded_choice(learn(by_least_squares(knows), seed))});
  const std::vector<GovernorResult>& results = evaluation.results;
  return {judged_run(results[0]), judged_run(results[1]), judged_run(results[2]),
          judged_run(results[3])};
}

}  // namespace flyball
