// The DVFO network (hidden layers 128, 64, 32) as an action-value function on LibTorch, and the
// reference for every other way of computing it. Not thread-safe. The header is free of LibTorch.
//
// Hidden layers x -> relu(W x + b), then one linear layer whose outputs the head reads
// (policies/head.h has the formulas). One step of fit(), rows weighted by w:
//   loss = mean over rows of w * huber(y - q(s, a))   huber(e) = e^2 / 2 for |e| <= delta,
//                                                     delta (|e| - delta / 2) beyond
//        + cql_alpha * mean over rows of [ logsumexp over the supported a' of -q(s, a') + q(s, a) ]
// (CQL(H), Kumar et al. 2020, its signs turned for costs; not weighted). BranchLoss::kEach replaces
// huber(y - q) by the mean over knobs of huber(y - q_k(s, a_k)). Then gradients are clipped to a
// common norm as torch::nn::utils::clip_grad_norm_ does, and Adam (beta 0.9, 0.999, eps 1e-8, L2 in
// the gradient) moves.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/networks/q_function.h"
#include "env/config/fields.h"
#include "policies/safetensors.h"

namespace flyball {

// What the branching head's branches are fitted to.
enum class BranchLoss : std::uint8_t {
  kJoint,  // their mean to the target: additive effects of the knobs are told apart
  kEach,  // each of them to the target (Tavakoli et al. 2018, eq. 6): a branch learns the mean over
          // what the other knobs did, so the effects come out K times too small
};

constexpr auto words(BranchLoss) {
  return std::array{Word{"joint", BranchLoss::kJoint}, Word{"each", BranchLoss::kEach}};
}

struct QNetworkConfig {
  std::vector<std::size_t> hidden = {128, 64, 32};
  double learning_rate = 1e-4;  // Adam
  double weight_decay = 0.0;    // L2, in Adam's gradient
  double huber_delta = 1.0;     // errors beyond weigh linearly; targets are standardised
  double gradient_norm = 10.0;  // gradients are scaled down to this norm
  double cql_alpha = 0.0;  // conservative Q-learning: how much to raise the cost of unseen actions
  BranchLoss branch_loss = BranchLoss::kJoint;  // of the branching head
};

template <typename Visitor, FieldsOf<QNetworkConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"hidden", "", within(1, 4096), "widths of the hidden layers"}, config.hidden);
  field({"learning_rate", "", {0, 1, true, true}, "Adam's"}, config.learning_rate);
  field({"weight_decay", "", at_least(0), "L2, in Adam's gradient"}, config.weight_decay);
  field({"huber_delta", "standard deviations", above(0),
         "errors beyond weigh linearly: 1 leans to the median, 10 to the mean"},
        config.huber_delta);
  field({"gradient_norm", "", above(0), "gradients are scaled down to this norm"},
        config.gradient_norm);
  field({"cql_alpha", "", at_least(0), "conservative Q-learning: raises the cost of the unseen"},
        config.cql_alpha);
  field({"branch_loss",
         "",
         {},
         "joint: the branches' mean is fitted to the target; each: every branch alone"},
        config.branch_loss);
}

// Throws std::invalid_argument naming the key at fault.
void validate(const QNetworkConfig& config);

// What a network reads and gives.
struct QNetworkShape {
  std::size_t observation_size = 0;
  std::size_t action_count = 0;
  // The smooth head's phi [action_count, features]. Without it and without branches: the joint
  // head.
  std::optional<Tensor> phi;
  // The branching head's levels per knob, the last knob fastest in the joint action. Empty
  // otherwise.
  std::vector<std::size_t> branches;
  bool dueling = false;  // the joint and the branching head; the smooth one is by construction
  // Actions that CQL compares with, one byte each; empty for all.
  std::vector<std::uint8_t> support;
};

class QNetwork final : public ValueNetwork {
 public:
  QNetwork(const QNetworkShape& shape, const QNetworkConfig& config, std::uint64_t seed);
  ~QNetwork() override;
  QNetwork(const QNetwork&) = delete;
  QNetwork& operator=(const QNetwork&) = delete;

  std::size_t action_count() const override;
  void predict(std::span<const float> observations, std::span<float> values) override;
  double fit(const FitRows& rows, std::span<float> errors) override;
  void follow(const QFunction& other, double tau) override;
  std::unique_ptr<QFunction> clone() const override;  // parameters and optimiser anew

  void visit_state(StateVisitor& visitor, const std::string& name) override;

  std::map<std::string, Tensor> tensors(const std::string& name) const override;
  std::map<std::string, Tensor> parameters() const override;
  std::map<std::string, Tensor> gradients() const override;
  // Euclidean norm of every parameter's gradient after the last fit(), by the names of
  // parameters().
  std::map<std::string, double> gradient_norms() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// How many threads LibTorch may use. With 1 (default of the programs) results are the same bits
// every time.
void set_torch_threads(int threads);

// The library behind LibTorch's matrix products: "OpenBLAS 0.3.21 ...", or "reference BLAS", which
// is some thirty times slower and deserves a warning.
std::string blas_name();
bool is_reference_blas();

}  // namespace flyball
