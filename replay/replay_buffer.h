// A bounded memory of transitions. Not thread-safe. Implementations: UniformReplay,
// PrioritizedReplay and FadingReplay; all pass tests/contracts/replay_contract.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>

#include "env/state_visitor.h"
#include "replay/transition.h"

namespace flyball {

// The form of the transitions a buffer holds.
struct ReplayShape {
  std::size_t capacity = 1'000'000;  // the oldest transition makes room for the newest
  std::size_t observation_size = 0;
  bool with_effect_observation = false;  // store the snapshot that the `dvfo` backup needs
};

class ReplayBuffer {
 public:
  virtual ~ReplayBuffer() = default;
  virtual std::size_t size() const = 0;
  virtual std::size_t capacity() const = 0;
  // Throws std::invalid_argument when an observation has another size than the buffer's shape.
  virtual void add(const Transition& transition) = 0;
  // Draws `rows` transitions with replacement. Weights correct for unequal chances and are at most
  // the transition's own weight. Requires: size() > 0.
  virtual void sample(std::size_t rows, std::mt19937_64& random, TransitionBatch& batch) = 0;
  // Gives back what was learned of a batch; ids that were overwritten meanwhile are skipped.
  // Requires: as many errors as ids, finite.
  virtual void update_priorities(std::span<const std::uint64_t> ids,
                                 std::span<const float> td_errors) = 0;
  // What the buffer takes, room for transitions to come included; not what a batch in work takes.
  virtual std::size_t memory_bytes() const = 0;
  // What was learned of the transitions; not the transitions: to restore, the same ones have to
  // have been added in the same order.
  virtual void visit_state(StateVisitor& visitor, const std::string& name) = 0;
  // The transitions themselves; restored, they replace what the buffer holds. Restore them before
  // visit_state(). Costs as much as adding all of them.
  virtual void visit_content(StateVisitor& visitor, const std::string& name) = 0;
};

}  // namespace flyball
