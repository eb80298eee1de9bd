// Concurrent double DQN with a constraint: batches of transitions to better value functions. Not
// thread-safe. Free of LibTorch: it improves any QFunction.
//
// Two value functions are learned, of the cost and of the constraint, each with a target copy. The
// action of a target is chosen by the rule the policy will act by: the cheapest allowed one whose
// predicted constraint holds (policies/action_rule.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "agent/backup.h"
#include "agent/mode_mask.h"
#include "agent/networks/q_function.h"
#include "agent/objective.h"
#include "agent/relabel.h"
#include "env/config/fields.h"
#include "policies/action_rule.h"
#include "replay/n_step.h"
#include "replay/replay_buffer.h"

namespace flyball {

struct LearnerConfig {
  Backup backup = Backup::kFullPeriod;
  double gamma = 0.0;             // discount per decision period; near 0 for saturated jobs
  bool double_dqn = true;         // the online networks choose, the target networks evaluate
  std::size_t minibatch = 256;    // rows per step
  double target_tau = 0.01;       // how far the target networks follow ...
  std::size_t target_period = 1;  // ... every so many steps; tau = 1 is a hard update
  std::size_t n_step = 1;    // decisions whose costs are summed before the value (replay/n_step.h)
  bool iterate_rho = false;  // Dinkelbach: rho follows the policy's own mean cost per request
  std::size_t rho_period = 100;   // steps between its updates
  double multiplier_rate = 0.02;  // dual ascent, where the constraint has a multiplier
};

template <typename Visitor, FieldsOf<LearnerConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"backup", "", {}, "what a decision's target is made of (agent/backup.h)"}, config.backup);
  field({"gamma", "", from_below(0, 1), "discount per decision period; near 0 for saturated jobs"},
        config.gamma);
  field({"double_dqn", "", {}, "the online networks choose, the target networks evaluate"},
        config.double_dqn);
  field({"minibatch", "rows", within(1, 65536), "transitions per gradient step"}, config.minibatch);
  field({"target_tau", "", above_up_to(0, 1), "how far the target networks follow; 1: a copy"},
        config.target_tau);
  field({"target_period", "steps", within(1, 1e9), "how often they follow"}, config.target_period);
  field({"n_step", "decisions", within(1, 1000),
         "costs summed before the value of what follows; more lean towards the log's governors"},
        config.n_step);
  field({"iterate_rho", "", {}, "Dinkelbach, for closed loops with credit = \"period\""},
        config.iterate_rho);
  field({"rho_period", "steps", within(1, 1e9), "between updates of rho"}, config.rho_period);
  field({"multiplier_rate", "", above(0),
         "of the dual ascent, per step and standard deviation of excess"},
        config.multiplier_rate);
}

// Throws std::invalid_argument naming the key at fault.
void validate(const LearnerConfig& config);

// Networks learn values near 0 of size 1: raw = (value - offset) / scale.
struct ValueScale {
  double offset = 0.0;
  double scale = 1.0;
};

struct LearnerParts {
  std::unique_ptr<QFunction> cost;
  std::unique_ptr<QFunction> constraint;  // present exactly if the objective has one
  ValueScale cost_scale;
  ValueScale constraint_scale;
  std::vector<std::uint32_t> allowed;  // joint actions that may be chosen, ascending
  double period_seconds = 1.0;         // H
  std::optional<Relabel> relabel;      // absent: every transition is learned from as it was
  std::optional<ModeMask> modes;       // of `allowed`, what each row's mode leaves; absent: all
};

struct StepLosses {
  double cost = 0.0;
  double constraint = 0.0;
  // Means over the minibatch, of the cost's value function.
  double td_error = 0.0;  // of the absolute errors, standardised as in the loss
  double value = 0.0;     // of the logged actions, unscaled

  StepLosses& operator+=(const StepLosses& other);
  StepLosses operator/(double count) const;
};

class DqnLearner {
 public:
  DqnLearner(const LearnerConfig& config, const ObjectiveConfig& objective, LearnerParts parts);

  // One gradient step on a minibatch; gives the buffer the new priorities. Throws
  // std::invalid_argument when the backup is `dvfo` and the transitions have no snapshot.
  StepLosses step(ReplayBuffer& replay, std::mt19937_64& random);

  // From now on this is asked for: other references, another limit. What has been learned keeps its
  // shape; `constraint_scale` says in which unit.
  void set_objective(const ObjectiveConfig& objective, const ValueScale& constraint_scale) {
    objective_ = objective;
    parts_.constraint_scale = constraint_scale;
  }

  // The joint action of each observation, by the rule.
  void act(std::span<const float> observations, std::span<std::uint32_t> actions);
  // The cost and, where there is one, the constraint of the actions chosen last, unscaled.
  std::span<const double> chosen_costs() const { return chosen_costs_; }
  std::span<const double> chosen_constraints() const { return chosen_constraints_; }

  // Both value functions with their optimisers, both target functions, rho, steps.
  void visit_state(StateVisitor& visitor, const std::string& name);
  // How the transitions of a run have to be joined before they go into the buffer.
  NStepConfig n_step() const;
  std::span<const std::uint32_t> allowed() const { return parts_.allowed; }

  double rho() const { return objective_.reward.rho; }
  // What a unit of the constraint costs; absent unless the constraint has a multiplier. The mean
  // over the steps, later ones weighing more: the last value goes up and down about it.
  std::optional<double> multiplier() const;
  std::uint64_t steps() const { return steps_; }
  // What the policy is made of: the target networks, which average over the last 1 / target_tau
  // steps (Polyak and Juditsky 1992) and are steadier than the online ones.
  const QFunction& cost() const { return *cost_target_; }
  const QFunction* constraint() const { return constraint_target_.get(); }

 private:
  enum class Part : std::uint8_t { kCost, kConstraint };

  bool looks_ahead() const { return config_.gamma > 0.0 || config_.backup == Backup::kDvfo; }
  const ValueScale& scale(Part part) const;
  ActionRule action_rule(double raw_multiplier) const;
  void choose(std::span<const float> observations, QFunction& cost, QFunction* constraint,
              const ActionRule& rule);
  void choose_rows(std::span<const float> observations, QFunction& cost, QFunction* constraint,
                   const ActionRule& rule, std::span<std::uint32_t> chosen);
  void evaluate_chosen(std::span<const float> observations, QFunction& function,
                       const ValueScale& scale, std::vector<double>& values);
  void evaluate_next(const TransitionBatch& batch);
  void make_targets(const TransitionBatch& batch, Part part);
  double fit(const TransitionBatch& batch, Part part);
  void update_rho(const TransitionBatch& batch);
  void update_multiplier(const TransitionBatch& batch);
  void summarise(StepLosses& losses) const;
  float raw_threshold() const;

  LearnerConfig config_;
  ObjectiveConfig objective_;
  LearnerParts parts_;
  std::unique_ptr<QFunction> cost_target_;
  std::unique_ptr<QFunction> constraint_target_;
  ActionMask allowed_;
  ActionChooser chooser_;
  std::uint64_t steps_ = 0;
  double raw_multiplier_ = 0.0;  // of scaled values
  double mean_multiplier_ = 0.0;

  // Scratch, reused from step to step.
  TransitionBatch batch_;
  std::vector<float> cost_values_;        // [some rows, actions] and room for a panel
  std::vector<float> constraint_values_;  // the same
  std::vector<float> chosen_values_;
  std::vector<std::uint32_t> chosen_;
  std::vector<double> chosen_costs_;
  std::vector<double> chosen_constraints_;
  std::vector<double> next_costs_;
  std::vector<double> next_constraints_;
  std::vector<float> targets_;
  std::vector<float> errors_;
  std::vector<float> priorities_;
};

}  // namespace flyball
