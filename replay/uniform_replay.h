// Every transition with the same chance. Not thread-safe.
#pragma once

#include <vector>

#include "replay/replay_buffer.h"
#include "replay/transition_store.h"

namespace flyball {

class UniformReplay final : public ReplayBuffer {
 public:
  explicit UniformReplay(const ReplayShape& shape) : store_(shape) {}

  std::size_t size() const override { return store_.size(); }
  std::size_t capacity() const override { return store_.capacity(); }
  void add(const Transition& transition) override { store_.push(transition); }
  void sample(std::size_t rows, std::mt19937_64& random, TransitionBatch& batch) override;
  void update_priorities(std::span<const std::uint64_t>, std::span<const float>) override {}
  void visit_state(StateVisitor&, const std::string&) override {}
  void visit_content(StateVisitor& visitor, const std::string& name) override {
    store_.visit_content(visitor, name);
  }
  std::size_t memory_bytes() const override { return store_.memory_bytes(); }

 private:
  TransitionStore store_;
  std::vector<std::uint64_t> ids_;
};

}  // namespace flyball
