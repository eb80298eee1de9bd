#include "policies/dense_ensemble.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "policies/dense_kernels.h"

namespace flyball {

std::string member_name(const std::string& network, std::size_t member) {
  return member == 0 ? network : fmt::format("{}_{}", network, member + 1);
}

DenseEnsemble::DenseEnsemble(const std::string& name, const std::map<std::string, Tensor>& tensors,
                             std::span<const std::size_t> branches, std::size_t members) {
  members_.reserve(members);
  for (std::size_t member = 0; member < members; ++member) {
    const std::string of_member = member_name(name, member);
    members_.emplace_back(of_member, tensors, branches);
    const DenseNetwork& added = members_.back();
    if (added.input_size() != input_size() || added.output_size() != output_size()) {
      throw std::invalid_argument(fmt::format(
          "tensors '{}.*': {} inputs and {} outputs, those of '{}' have {} and {}", of_member,
          added.input_size(), added.output_size(), name, input_size(), output_size()));
    }
  }
  if (members > 1) highest_.resize(padded_to_panels(output_size()));
}

std::span<const float> DenseEnsemble::evaluate(std::span<const float> input) noexcept {
  for (DenseNetwork& member : members_) member.evaluate(input);
  if (members_.size() > 1) {
    const std::span<const float> first = members_.front().outputs();
    std::copy(first.begin(), first.end(), highest_.begin());
    for (std::size_t m = 1; m < members_.size(); ++m) {
      raise_to(members_[m].outputs().data(), highest_.data(), output_size());
    }
  }
  return outputs();
}

std::span<const float> DenseEnsemble::outputs() const {
  if (members_.size() == 1) return members_.front().outputs();
  return {highest_.data(), output_size()};
}

bool DenseEnsemble::is_finite(std::size_t action) const {
  return std::all_of(members_.begin(), members_.end(), [action](const DenseNetwork& member) {
    return std::isfinite(member.outputs()[action]);
  });
}

}  // namespace flyball
