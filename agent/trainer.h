// Offline training by gradient steps: a set of transitions to a policy file. Not thread-safe; same
// set, config and seed, same machine: the same bits.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "agent/dqn_learner.h"
#include "agent/networks/q_network.h"
#include "agent/networks/worker_team.h"
#include "agent/objective.h"
#include "agent/policy_trainer.h"
#include "agent/training_set.h"
#include "env/config/fields.h"
#include "policies/head.h"
#include "policies/policy_file.h"
#include "replay/prioritized_replay.h"

namespace flyball {

// What computes values and gradients. Both the same numbers, to rounding.
enum class NetworkEngine : std::uint8_t {
  kFused,      // FusedNetwork
  kReference,  // QNetwork: LibTorch's autograd, several times slower
};

constexpr auto words(NetworkEngine) {
  return std::array{Word{"fused", NetworkEngine::kFused},
                    Word{"reference", NetworkEngine::kReference}};
}

enum class ReplayKind : std::uint8_t { kPrioritized, kUniform };
constexpr auto words(ReplayKind) {
  return std::array{Word{"prioritized", ReplayKind::kPrioritized},
                    Word{"uniform", ReplayKind::kUniform}};
}

enum class LearnerKind : std::uint8_t {
  kDqn,           // gradient steps on networks: Trainer
  kLeastSquares,  // one step, for gamma = 0: LeastSquaresTrainer
  kTabular,       // Q-learning in a table: TabularTrainer
};
constexpr auto words(LearnerKind) {
  return std::array{Word{"dqn", LearnerKind::kDqn},
                    Word{"least_squares", LearnerKind::kLeastSquares},
                    Word{"tabular", LearnerKind::kTabular}};
}

struct TrainerConfig {
  ObjectiveConfig objective;
  QNetworkConfig network;
  Head head = Head::kSmooth;
  std::optional<Head> constraint_head;  // absent: as `head`
  std::size_t members = 1;              // networks per value function (ensemble_function.h)
  std::optional<bool> dueling;          // absent: the branching head yes, the joint one no
  std::size_t degree = 3;               // of the smooth head's polynomials
  LearnerKind kind = LearnerKind::kDqn;
  double limit_deviations = 1.645;  // least squares: one side of a normal distribution's 95 %
  std::size_t cells = 6;            // of a table: intervals per input
  std::size_t cell_minimum = 20;  // of a table: what a cell was shown less often is not known there
  double least_rate = 0.02;       // of a table: at first a value is the mean of its targets
  LearnerConfig learner;
  NetworkEngine engine = NetworkEngine::kFused;
  std::size_t threads = 1;  // of the fused engine; the bits do not depend on it
  ReplayKind replay = ReplayKind::kPrioritized;
  PriorityConfig priority;
  std::size_t capacity = 1'000'000;  // of the replay buffer
  std::uint64_t steps = 1500;        // gradient steps
  SupportConfig support;             // which settings may be chosen
  double balance = 0.5;              // see balance_weights()
  std::uint64_t seed = 0;
};

// The objective is a table of its own (agent/training/train_objective.h).
template <typename Visitor, FieldsOf<TrainerConfig> Config>
void visit(Visitor& field, Config& config) {
  field.table({"network", "", {}, "the value functions"}, [&](auto& network) {
    network({"head", "", {}, "what the last layer gives (policies/head.h)"}, config.head);
    network({"constraint_head", "", {}, "of the constraint's network; absent: as head"},
            config.constraint_head);
    network({"members", "", within(1, kMaxMembers),
             "networks per value function, of whose values the highest counts: pessimism where the "
             "data are thin"},
            config.members);
    network({"dueling",
             "",
             {},
             "value and advantages apart; absent: the branching head yes, the joint one no, the "
             "smooth one by construction"},
            config.dueling);
    network({"degree", "", within(1, 6),
             "total degree of the smooth head's polynomials; of least squares the highest that is "
             "tried"},
            config.degree);
    network({"engine", "", {}, "what computes gradients; reference: LibTorch's autograd, slower"},
            config.engine);
    visit(network, config.network);
  });
  field.table({"learner", "", {}, "how they are learned"}, [&](auto& learner) {
    learner({"kind",
             "",
             {},
             "least_squares: in one step, for gamma = 0, what the past does not matter to; dqn: by "
             "gradient steps; tabular: Q-learning in a table over cells of the observation"},
            config.kind);
    learner(
        {"limit_deviations", "", at_least(0),
         "least squares: so many standard deviations of what is not known about a setting count "
         "as its constraint; 1.645: kept with 95 %"},
        config.limit_deviations);
    learner({"cells", "", within(1, 64), "tabular: into so many intervals an input is cut, about"},
            config.cells);
    learner({"cell_minimum", "times", within(1, 1e9),
             "tabular: a level that a cell was shown less often is never chosen there"},
            config.cell_minimum);
    learner(
        {"least_rate", "", above_up_to(0, 1),
         "tabular: how far a value moves towards each target at least; at first it is their mean"},
        config.least_rate);
    visit(learner, config.learner);
    learner({"steps", "steps", within(1, 1e9), "gradient steps in all"}, config.steps);
  });
  field.table({"replay", "", {}, "how transitions are drawn"}, [&](auto& replay) {
    replay({"kind", "", {}, "which transitions come up more often"}, config.replay);
    replay({"capacity", "transitions", within(1, 1e8), "that are held at most"}, config.capacity);
    visit(replay, config.priority);
  });
  field.table({"support", "", {}, "which settings may be chosen"}, [&](auto& support) {
    visit(support, config.support);
    support({"balance", "", within(0, 1), "exponent by which frequent settings weigh less"},
            config.balance);
  });
}

// Throws std::invalid_argument naming the key at fault.
void validate(const TrainerConfig& config);

// Fills the references that are not given (1 by default) and the latency limit that is relative to
// them from the residents' spans. Throws std::invalid_argument when there are none.
void take_references(ObjectiveConfig& objective, const SpanCost& residents);

// The set as it is trained on: what counts under the objective, weights balanced, the data's own
// preference as what is asked for. Throws std::invalid_argument when nothing is left or the
// objective asks for what the data do not have.
TrainingSet prepared(const TrainerConfig& config, TrainingSet set);

class Trainer final : public PolicyTrainer {
 public:
  // Packs the transitions into the replay buffer and frees them. Throws std::invalid_argument
  // naming what is wrong with config or set.
  Trainer(const TrainerConfig& config, TrainingSet set);
  ~Trainer() override;

  void run(std::uint64_t report_steps,
           const std::function<bool(const TrainingProgress&)>& keep_going) override;
  void visit_state(StateVisitor& visitor) override;
  std::uint64_t steps() const override { return learner_->steps(); }
  void set_miss_penalty(double requests) override;
  std::size_t supported() const override { return allowed_.size(); }
  TrainingEstimate estimate(const TrainingSet& set) override;
  PolicyFile policy(const EncoderConfig& encoder, const std::string& version) const override;

  // What was trained on, without the transitions.
  const TrainingSet& set() const { return set_; }
  // The learned policy's joint action of each observation.
  void act(std::span<const float> observations, std::span<std::uint32_t> actions) {
    learner_->act(observations, actions);
  }

 private:
  std::unique_ptr<ValueNetwork> network(Head head, std::uint64_t stream) const;
  std::unique_ptr<ValueNetwork> member(const QNetworkShape& shape, std::uint64_t seed) const;
  ValueScale scale_of(const std::function<double(const SpanCost&)>& amount) const;
  void fill_replay();
  double per_request(double value) const;

  TrainerConfig config_;
  TrainingSet set_;                   // its transitions are in replay_
  std::shared_ptr<WorkerTeam> team_;  // of the networks
  std::vector<std::uint8_t> support_;
  std::optional<Tensor> known_;  // the states
  std::vector<std::uint32_t> allowed_;
  double discount_ = 0.0;           // mean of gamma^(seconds / H) over the set
  double requests_per_span_ = 1.0;  // mean over the set
  SpanCost behaviour_;              // what the residents' spans cost, or all
  ValueScale cost_scale_;
  ValueScale constraint_scale_;
  std::unique_ptr<ReplayBuffer> replay_;
  std::unique_ptr<DqnLearner> learner_;
  std::mt19937_64 random_;
};

}  // namespace flyball
