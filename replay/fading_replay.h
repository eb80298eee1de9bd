// A memory for a world that changes: what was believed before the last change, and what was seen
// since. The belief fades as evidence comes in. Not thread-safe.
//
// A draw is from the belief with chance w / (w + n) where n transitions have been seen since and
// w = believed_samples * 2^(-n / half_life): it weighs as much as so many transitions at first, and
// next to nothing after some half-lives. Inside both parts every transition has the same chance.
//
// Components of the observation that are known not to matter are shuffled between the rows of a
// batch: with few data a network would tell the transitions apart by them and learn their noise.
#pragma once

#include <span>
#include <vector>

#include "env/config/fields.h"
#include "replay/replay_buffer.h"
#include "replay/transition_store.h"

namespace flyball {

struct FadingConfig {
  double believed_samples = 8.0;  // what the belief weighs at first, in transitions
  double half_life = 10.0;        // transitions after which it weighs half
};

template <typename Visitor, FieldsOf<FadingConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"believed_samples", "transitions", at_least(0), "what the belief weighs at first"},
        config.believed_samples);
  field({"half_life", "transitions", above(0), "seen until the belief weighs half"},
        config.half_life);
}

// Throws std::invalid_argument naming the key at fault.
void validate(const FadingConfig& config);

class FadingReplay final : public ReplayBuffer {
 public:
  // `shuffled`: components of the observation, by index.
  explicit FadingReplay(const ReplayShape& shape, std::vector<std::size_t> shuffled = {});

  // Forgets everything; `beliefs` stand for what was known, and fade like this. Throws as add() and
  // validate() do.
  void believe(std::span<const Transition> beliefs, const FadingConfig& fading);
  // Transitions since then, those that were overwritten included.
  std::uint64_t seen() const { return store_.inserted() - believed_; }

  std::size_t size() const override { return store_.size(); }
  std::size_t capacity() const override { return store_.capacity(); }
  void add(const Transition& transition) override { store_.push(transition); }
  void sample(std::size_t rows, std::mt19937_64& random, TransitionBatch& batch) override;
  void update_priorities(std::span<const std::uint64_t>, std::span<const float>) override {}
  std::size_t memory_bytes() const override { return store_.memory_bytes(); }
  void visit_state(StateVisitor&, const std::string&) override {}
  void visit_content(StateVisitor& visitor, const std::string& name) override;

 private:
  double believed_share(std::size_t believed, std::size_t seen) const;
  void shuffle(std::mt19937_64& random, TransitionBatch& batch) const;

  FadingConfig fading_;
  ReplayShape shape_;
  std::vector<std::size_t> shuffled_;
  TransitionStore store_;           // the belief first
  std::uint64_t believed_ = 0;      // ids below are the belief
  std::vector<std::uint64_t> ids_;  // scratch
};

}  // namespace flyball
