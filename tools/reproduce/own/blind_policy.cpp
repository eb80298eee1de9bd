#include "tools/reproduce/own/blind_policy.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

#include "env/errors.h"
#include "tools/reproduce/common/judging.h"
#include "tools/reproduce/common/trained_policy.h"

namespace flyball {

namespace {

VariantResult judge_variant(const std::string& name, const Scenario& scenario,
                            const std::shared_ptr<const PolicyFile>& policy) {
  const Evaluation evaluation =
      judge(scenario, scenario.seeds, {guarded_choice(policy), policy_choice(policy)});
  const double stock = evaluation.stock.figures.in_time_share();
  const GovernorResult& guarded = evaluation.results.front();
  return {name, std::min(*scenario.objective.in_time_share, stock), guarded.figures.in_time_share(),
          evaluation.results.back().figures.in_time_share(), guarded.saving};
}

// Null where nothing can be learned of such a log.
std::shared_ptr<const PolicyFile> train_variant(const TrainConfig& config, std::uint64_t seed) {
  try {
    return train_policy(config, load_data(config, seed), seed).policy;
  } catch (const DataError&) {
    return nullptr;
  } catch (const std::invalid_argument&) {
    return nullptr;
  }
}

void add_variants(const ChangingCase& which, std::uint64_t seed, VariantEffort effort,
                  const TrainedPolicy& trained, std::vector<VariantResult>& results) {
  if (effort == VariantEffort::kNone) return;
  for (const BlindVariant& variant : blind_variants()) {
    const std::optional<Scenario> scenario = changed(which.scenario, variant);
    if (!scenario || (variant.is_trained() && effort != VariantEffort::kTrained)) continue;
    std::shared_ptr<const PolicyFile> policy = trained.policy;
    if (variant.is_trained()) policy = train_variant(changed(which.training, variant), seed);
    if (policy) {
      results.push_back(judge_variant(variant.name, *scenario, policy));
    } else {
      results.push_back({variant.name, 0.0, 0.0, 0.0, 0.0, true});
    }
  }
}

}  // namespace

TrainConfig by_least_squares(TrainConfig config) {
  config.trainer.kind = LearnerKind::kLeastSquares;
  config.trainer.learner.gamma = 0.0;
  config.trainer.learner.n_step = 1;
  config.trainer.learner.iterate_rho = false;
  config.trainer.head = Head::kSmooth;
  config.trainer.constraint_head.reset();
  config.validation.reset();
  return config;
}

GovernorChoice guarded_choice(std::shared_ptr<const PolicyFile> policy) {
  GovernorChoice choice = policy_choice(std::move(policy));
  choice.guarded = true;
  return choice;
}

BlindPolicy train_blind_policy(const ChangingCase& which, std::uint64_t seed,
                               VariantEffort effort) {
  TrainingSet set = load_data(which.training, seed);
  const TrainedPolicy bandit = train_policy(by_least_squares(which.training), set, seed);
  const TrainedPolicy trained = train_policy(which.training, std::move(set), seed);
  const Evaluation evaluation =
      judge(which.scenario, which.scenario.seeds,
            {policy_choice(trained.policy), guarded_choice(trained.policy),
             guarded_choice(bandit.policy)});
  const std::vector<GovernorResult>& results = evaluation.results;
  BlindPolicy policy{judged_run(results[0]), judged_run(results[1]), judged_run(results[2]), {}};
  const std::vector<std::uint8_t>& support = trained.policy->metadata.support;
  policy.is_constant = std::count(support.begin(), support.end(), std::uint8_t{1}) == 1;
  add_variants(which, seed, effort, trained, policy.variants);
  return policy;
}

}  // namespace flyball
