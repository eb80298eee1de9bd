// Transitions that surprised more come up more often (Schaul et al. 2016, proportional variant).
// Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "env/config/fields.h"
#include "replay/replay_buffer.h"
#include "replay/sum_tree.h"
#include "replay/transition_store.h"

namespace flyball {

struct PriorityConfig {
  double alpha = 0.6;         // chance ~ (|td_error| + floor)^alpha; 0 is uniform
  double beta = 0.4;          // weight ~ chance^-beta at first, rising linearly to 1 ...
  double beta_samples = 1e6;  // ... once this many transitions have been drawn
  double floor = 1e-3;        // added to |td_error|, so that nothing is forgotten
};

template <typename Visitor, FieldsOf<PriorityConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"alpha", "", within(0, 1), "chance ~ (|td_error| + floor)^alpha; 0: uniform"},
        config.alpha);
  field({"beta", "", within(0, 1), "weight ~ chance^-beta at first, rising to 1"}, config.beta);
  field({"beta_samples", "transitions", above(0), "drawn until beta is 1"}, config.beta_samples);
  field({"floor", "", above(0), "added to |td_error|, so that nothing is forgotten"}, config.floor);
}

// Throws std::invalid_argument naming the key at fault.
void validate(const PriorityConfig& config);

class PrioritizedReplay final : public ReplayBuffer {
 public:
  PrioritizedReplay(const ReplayShape& shape, const PriorityConfig& config);

  std::size_t size() const override { return store_.size(); }
  std::size_t capacity() const override { return store_.capacity(); }
  // New transitions get the highest priority seen so far.
  void add(const Transition& transition) override;
  // Stratified: one draw from each of `rows` equal parts of the total. Weights are divided by the
  // batch's largest importance weight.
  void sample(std::size_t rows, std::mt19937_64& random, TransitionBatch& batch) override;
  void update_priorities(std::span<const std::uint64_t> ids,
                         std::span<const float> td_errors) override;
  std::size_t memory_bytes() const override { return store_.memory_bytes() + tree_.memory_bytes(); }
  void visit_state(StateVisitor& visitor, const std::string& name) override;
  void visit_content(StateVisitor& visitor, const std::string& name) override;

 private:
  double beta() const;
  void settle_new();
  void draw_slots(std::size_t rows, std::mt19937_64& random);
  void weigh(TransitionBatch& batch);

  PriorityConfig config_;
  TransitionStore store_;
  SumTree tree_;               // keyed by id modulo capacity
  std::uint64_t settled_ = 0;  // transitions from this id on are not in the tree yet
  float highest_ = 1.0F;
  double drawn_ = 0.0;

  // Scratch, reused from batch to batch.
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint32_t> slots_;
  std::vector<float> sums_;
  std::vector<float> priorities_;
};

}  // namespace flyball
