// The heads of an action-value network: how the last layer's outputs o become one value per joint
// action. Pure functions.
//
//   joint      an output per joint action: q(s, a) = o_a.
//   smooth     q(s, a) = o . phi(a) with a fixed matrix phi (agent/action_features.h). Its first
//              feature is constant and the others sum to 0 over the supported actions, so it is
//              dueling by construction.
//   branching  an output per level of every knob (Tavakoli et al. 2018): with K knobs of n_k
//              levels, q_k(s, a_k) = o_{k, a_k} and q(s, a) = (q_1 + ... + q_K) / K. What is
//              cheapest per knob is cheapest together.
//
// With dueling (Wang et al. 2016) the last layer has one output more, V, before all others A:
//   joint      q(s, a) = V + A_a - mean_a A_a
//   branching  q_k(s, a_k) = V + A_{k, a_k} - mean_a A_{k, a}
// means over all actions, or all levels of the knob. This is linear in the last layer, so a policy
// file holds the folded layer (fold_dueling) and its readers know nothing of dueling.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "env/config/fields.h"
#include "policies/safetensors.h"

namespace flyball {

enum class Head : std::uint8_t { kJoint, kSmooth, kBranching };
constexpr auto words(Head) {
  return std::array{Word{"joint", Head::kJoint}, Word{"smooth", Head::kSmooth},
                    Word{"branching", Head::kBranching}};
}

// "joint", "smooth", "branching".
const char* to_string(Head head);

// The last layer of a dueling head (its row 0 is V) without dueling: one row less. `groups`: the
// sizes of the groups whose means are taken off; one group for the joint head, the knobs' levels
// for the branching one. Requires: weight [1 + sum of groups, in], bias [1 + sum of groups].
void fold_dueling(Tensor& weight, Tensor& bias, std::span<const std::size_t> groups);

// The value of every joint action (the last knob fastest) from the branches' values, one after the
// other. Requires: branches.size() = the counts' sum, values.size() = their product. No allocation.
void expand_branches(std::span<const float> branches, std::span<const std::size_t> counts,
                     std::span<float> values) noexcept;

}  // namespace flyball
