#include "agent/networks/ensemble_function.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "policies/dense_ensemble.h"
#include "policies/dense_kernels.h"

namespace flyball {

namespace {

const EnsembleFunction& as_ensemble(const QFunction& function) {
  return dynamic_cast<const EnsembleFunction&>(function);
}

}  // namespace

EnsembleFunction::EnsembleFunction(std::vector<std::unique_ptr<ValueNetwork>> members)
    : members_(std::move(members)) {
  if (members_.empty()) throw std::invalid_argument("an ensemble needs a network");
  for (const auto& member : members_) {
    if (member->action_count() != action_count()) {
      throw std::invalid_argument("an ensemble's networks must know the same actions");
    }
  }
}

void EnsembleFunction::predict(std::span<const float> observations, std::span<float> values) {
  members_.front()->predict(observations, values);
  values_.resize(values.size());
  for (std::size_t m = 1; m < members_.size(); ++m) {
    members_[m]->predict(observations, values_);
    raise_to(values_.data(), values.data(), values.size());
  }
}

void EnsembleFunction::evaluate(std::span<const float> observations,
                                std::span<const std::uint32_t> actions, std::span<float> values) {
  members_.front()->evaluate(observations, actions, values);
  values_.resize(values.size());
  for (std::size_t m = 1; m < members_.size(); ++m) {
    members_[m]->evaluate(observations, actions, values_);
    raise_to(values_.data(), values.data(), values.size());
  }
}

double EnsembleFunction::fit(const FitRows& rows, std::span<float> errors) {
  double loss = members_.front()->fit(rows, errors);
  values_.resize(errors.size());
  for (std::size_t m = 1; m < members_.size(); ++m) {
    loss += members_[m]->fit(rows, values_);
    for (std::size_t row = 0; row < errors.size(); ++row) {
      errors[row] = std::min(errors[row], values_[row]);
    }
  }
  return loss / static_cast<double>(members_.size());
}

void EnsembleFunction::follow(const QFunction& other, double tau) {
  const EnsembleFunction& leader = as_ensemble(other);
  for (std::size_t m = 0; m < members_.size(); ++m) members_[m]->follow(*leader.members_[m], tau);
}

std::unique_ptr<QFunction> EnsembleFunction::clone() const {
  std::vector<std::unique_ptr<ValueNetwork>> copies;
  for (const auto& member : members_) {
    // What a network clones is a network.
    copies.emplace_back(dynamic_cast<ValueNetwork*>(member->clone().release()));
  }
  return std::make_unique<EnsembleFunction>(std::move(copies));
}

void EnsembleFunction::visit_state(StateVisitor& visitor, const std::string& name) {
  for (std::size_t m = 0; m < members_.size(); ++m) {
    members_[m]->visit_state(visitor, member_name(name, m));
  }
}

std::map<std::string, Tensor> EnsembleFunction::tensors(const std::string& name) const {
  std::map<std::string, Tensor> all;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    all.merge(members_[m]->tensors(member_name(name, m)));
  }
  return all;
}

std::map<std::string, Tensor> EnsembleFunction::numbered(
    std::map<std::string, Tensor> (ValueNetwork::*of)() const) const {
  std::map<std::string, Tensor> all;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    for (auto& [name, tensor] : ((*members_[m]).*of)()) {
      all[fmt::format("{}.{}", m, name)] = std::move(tensor);
    }
  }
  return all;
}

std::map<std::string, Tensor> EnsembleFunction::parameters() const {
  return numbered(&ValueNetwork::parameters);
}

std::map<std::string, Tensor> EnsembleFunction::gradients() const {
  return numbered(&ValueNetwork::gradients);
}

}  // namespace flyball
