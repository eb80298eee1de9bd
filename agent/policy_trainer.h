// What makes a policy of a training set: by gradient steps (Trainer), in one by least squares
// (LeastSquaresTrainer), or in a table (TabularTrainer). Not thread-safe; same set, config and
// seed, same machine: the same bits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/dqn_learner.h"
#include "agent/training_set.h"
#include "env/state_visitor.h"
#include "policies/policy_file.h"

namespace flyball {

struct TrainerConfig;

struct TrainingProgress {
  std::uint64_t step = 0;
  StepLosses losses;  // means since the last report; of least squares: squared errors held out
  double rho = 0.0;
};

// What the networks say of the policy on the observations of the log. Not a measurement. The
// behaviour is the residents, or whoever decided where the log has no span of theirs.
struct TrainingEstimate {
  double behaviour_cost = 0.0;                 // per request, measured on the behaviour's spans
  double policy_cost = 0.0;                    // per request, predicted
  std::optional<double> behaviour_constraint;  // per request
  std::optional<double> policy_constraint;
  bool against_residents = true;
  double saving() const { return 1.0 - policy_cost / behaviour_cost; }
};

class PolicyTrainer {
 public:
  virtual ~PolicyTrainer() = default;

  // Trains until all steps are done or `keep_going` (asked every `report_steps`) says no.
  virtual void run(std::uint64_t report_steps,
                   const std::function<bool(const TrainingProgress&)>& keep_going) = 0;
  // Everything that decides how training goes on, the set and the configuration apart. Saved
  // between two steps, restored into a trainer made of the same set and configuration, it goes on
  // to the same bits. Call it when run() does not run, or from its `keep_going`.
  virtual void visit_state(StateVisitor& visitor) = 0;
  virtual std::uint64_t steps() const = 0;
  // The steps that follow are learned with this price of a miss (RewardConfig).
  virtual void set_miss_penalty(double requests) = 0;
  // Joint actions that the policy may choose.
  virtual std::size_t supported() const = 0;
  // `set`: the one that it trains on, prepared().
  virtual TrainingEstimate estimate(const TrainingSet& set) = 0;
  // `encoder`: the one the set's observations were made with.
  virtual PolicyFile policy(const EncoderConfig& encoder, const std::string& version) const = 0;
};

// The one that the configuration names. Throws std::invalid_argument naming what is wrong with
// config or set.
std::unique_ptr<PolicyTrainer> make_trainer(const TrainerConfig& config, TrainingSet set);

// How many steps it takes.
std::uint64_t all_steps(const TrainerConfig& config);

// What a policy file says beside its networks and how they are read. `support`: of its actions.
PolicyFile policy_without_networks(const TrainerConfig& config, const TrainingSet& set,
                                   const EncoderConfig& encoder, const std::string& version);

// What the behaviour's spans cost: the residents', or all where there are none. Throws
// std::invalid_argument where nothing was served.
SpanCost behaviour_of(const TrainingSet& set);
// The behaviour's part of an estimate.
TrainingEstimate behaviour_estimate(const ObjectiveConfig& objective, const TrainingSet& set,
                                    const SpanCost& behaviour);

}  // namespace flyball
