// Several networks that are fitted to the same targets from different starts: the highest of their
// values counts (policies/dense_ensemble.h). Where the data are thin they disagree, so targets and
// choices made of them are pessimistic there. Free of LibTorch; not thread-safe.
#pragma once

#include <memory>
#include <vector>

#include "agent/networks/q_function.h"

namespace flyball {

class EnsembleFunction final : public ValueNetwork {
 public:
  // Throws std::invalid_argument where there is none, or where they differ in actions.
  explicit EnsembleFunction(std::vector<std::unique_ptr<ValueNetwork>> members);

  std::size_t action_count() const override { return members_.front()->action_count(); }
  void predict(std::span<const float> observations, std::span<float> values) override;
  void evaluate(std::span<const float> observations, std::span<const std::uint32_t> actions,
                std::span<float> values) override;
  // Errors are the targets less the highest value; the loss is the members' mean.
  double fit(const FitRows& rows, std::span<float> errors) override;
  void follow(const QFunction& other, double tau) override;
  std::unique_ptr<QFunction> clone() const override;
  void visit_state(StateVisitor& visitor, const std::string& name) override;

  // Named by member_name(). Of parameters and gradients, "1.0.weight": the second one's.
  std::map<std::string, Tensor> tensors(const std::string& name) const override;
  std::map<std::string, Tensor> parameters() const override;
  std::map<std::string, Tensor> gradients() const override;

 private:
  std::map<std::string, Tensor> numbered(std::map<std::string, Tensor> (ValueNetwork::*of)()
                                             const) const;

  std::vector<std::unique_ptr<ValueNetwork>> members_;
  std::vector<float> values_;  // scratch, of one member
};

}  // namespace flyball
