// The DVFO network (hidden layers 128, 64, 32) as an action-value function on LibTorch. Not
// thread-safe. The header is free of LibTorch.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/q_function.h"
#include "policies/safetensors.h"

namespace flyball {

struct QNetworkConfig {
  std::vector<std::size_t> hidden = {128, 64, 32};
  double learning_rate = 1e-4;  // Adam
  double weight_decay = 0.0;    // L2, in Adam's gradient
  double huber_delta = 1.0;     // errors beyond weigh linearly; targets are standardised
  double gradient_norm = 10.0;  // gradients are scaled down to this norm
  double cql_alpha = 0.0;  // conservative Q-learning: how much to raise the cost of unseen actions
};

// Throws std::invalid_argument naming the key at fault.
void validate(const QNetworkConfig& config);

// What a network reads and gives.
struct QNetworkShape {
  std::size_t observation_size = 0;
  std::size_t action_count = 0;
  // The smooth head's phi [action_count, features]: q = phi h. Absent: the joint head, an output
  // per joint action.
  std::optional<Tensor> phi;
  // Actions that CQL compares with, one byte each; empty for all.
  std::vector<std::uint8_t> support;
};

class QNetwork final : public QFunction {
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

  // For the policy file: "NAME.0.weight", "NAME.0.bias", ..., "NAME.phi".
  std::map<std::string, Tensor> tensors(const std::string& name) const;
  // Euclidean norm of every parameter's gradient after the last fit(), in the order of tensors().
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
