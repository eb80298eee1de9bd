// Networks that answer the same question: the highest of their values counts. Values are costs, so
// where the logs say little and the networks disagree, an action looks as dear as any of them says
// (An et al., NeurIPS 2021, take the lowest of values that are rewards). Not thread-safe; nothing
// is allocated in an evaluation.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "env/aligned_allocator.h"
#include "policies/dense_network.h"
#include "policies/safetensors.h"

namespace flyball {

// Under which name the member's tensors stand in a policy file: "cost", "cost_2", "cost_3", ...
std::string member_name(const std::string& network, std::size_t member);

class DenseEnsemble {
 public:
  // Takes the tensors of `members` networks. Throws std::invalid_argument as DenseNetwork does, and
  // where they are not of one size. Requires: members > 0.
  DenseEnsemble(const std::string& name, const std::map<std::string, Tensor>& tensors,
                std::span<const std::size_t> branches, std::size_t members);

  std::size_t input_size() const { return members_.front().input_size(); }
  // One per joint action.
  std::size_t output_size() const { return members_.front().output_size(); }
  std::span<const DenseNetwork> members() const { return members_; }

  // Requires: input.size() = input_size(). The outputs stay until the next evaluation.
  std::span<const float> evaluate(std::span<const float> input) noexcept;
  // Padded to whole panels (policies/dense_kernels.h) with numbers of no meaning.
  std::span<const float> outputs() const;
  // Whether every member said a number of the action.
  bool is_finite(std::size_t action) const;

 private:
  std::vector<DenseNetwork> members_;
  AlignedFloats highest_;  // scratch, of more than one member
};

}  // namespace flyball
