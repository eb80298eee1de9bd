// A policy in one step, for what does not look ahead: gamma = 0. Cost and constraint are fitted by
// least squares on the smooth head's features (agent/smooth_regression.h), the policy file is that
// of a network without hidden layers. The limit is kept with a margin that the data set: the
// constraint's prediction lies so many standard deviations of its posterior above the mean.
//
// Not thread-safe. Nothing is random: the same set, the same bits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/policy_trainer.h"
#include "agent/smooth_regression.h"
#include "agent/trainer.h"

namespace flyball {

// Throws std::invalid_argument naming the key at fault: what needs another learner.
void validate_least_squares(const TrainerConfig& config);

class LeastSquaresTrainer final : public PolicyTrainer {
 public:
  // Throws std::invalid_argument naming what is wrong with config or set.
  LeastSquaresTrainer(const TrainerConfig& config, TrainingSet set);

  void run(std::uint64_t report_steps,
           const std::function<bool(const TrainingProgress&)>& keep_going) override;
  void visit_state(StateVisitor& visitor) override;
  std::uint64_t steps() const override { return steps_; }
  void set_miss_penalty(double requests) override {
    config_.objective.reward.miss_penalty = requests;
  }
  std::size_t supported() const override;
  TrainingEstimate estimate(const TrainingSet& set) override;
  PolicyFile policy(const EncoderConfig& encoder, const std::string& version) const override;

  // Requires: steps() > 0.
  const SmoothFit& cost() const { return *cost_; }
  const std::optional<SmoothFit>& constraint() const { return constraint_; }

 private:
  void fit();
  SmoothFit fit_of(const std::vector<double>& targets, bool may_take_logarithm) const;
  // How outputs are read, per request; `base`: added to them.
  OutputMap output_of(const SmoothFit& fit, double base) const;
  void write_networks(PolicyFile& file) const;

  TrainerConfig config_;
  TrainingSet set_;
  std::vector<std::uint8_t> support_;
  SpanCost behaviour_;
  double requests_per_span_ = 1.0;  // mean over the set
  std::uint64_t steps_ = 0;
  std::optional<SmoothFit> cost_;
  std::optional<SmoothFit> constraint_;
};

}  // namespace flyball
