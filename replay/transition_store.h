// The columns of a replay buffer. Not thread-safe.
//
// A transition's id counts insertions and never changes. The index inside a full
// boost::circular_buffer does: every push renumbers all elements. So everything outside this class
// speaks of ids; a tree over the transitions is keyed by id modulo capacity (slot()).
#pragma once

#include <boost/circular_buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

#include "replay/replay_buffer.h"

namespace flyball {

class TransitionStore {
 public:
  // Throws std::invalid_argument for a capacity or an observation size of 0.
  explicit TransitionStore(const ReplayShape& shape);

  std::size_t size() const { return scalars_.size(); }
  std::size_t capacity() const { return shape_.capacity; }
  std::uint64_t inserted() const { return inserted_; }
  std::uint64_t oldest() const { return inserted_ - size(); }
  bool holds(std::uint64_t id) const { return id < inserted_ && id >= oldest(); }
  std::size_t slot(std::uint64_t id) const { return id % shape_.capacity; }
  // The id that lives in `slot`. Requires: slot < size().
  std::uint64_t id_of(std::size_t slot) const;

  // Returns the new transition's id.
  std::uint64_t push(const Transition& transition);
  // Fills the batch's columns, weights with the transitions' own. Requires: holds(id) for each.
  void gather(std::span<const std::uint64_t> ids, TransitionBatch& batch) const;

 private:
  struct Cost {
    float seconds, energy_joules, in_system_seconds, served, missed;
  };
  struct Scalars {
    Cost before, after;
    float effect_seconds, seconds, weight;
    std::uint32_t action;
    bool terminated, truncated;
  };
  static Cost pack(const SpanCost& cost);
  static SpanCost unpack(const Cost& cost);
  void push_row(boost::circular_buffer<float>& column, std::span<const float> row);
  void gather_row(const boost::circular_buffer<float>& column, std::size_t index, float* out) const;

  ReplayShape shape_;
  std::uint64_t inserted_ = 0;
  boost::circular_buffer<Scalars> scalars_;
  boost::circular_buffer<float> observations_;  // capacity * observation_size
  boost::circular_buffer<float> next_observations_;
  boost::circular_buffer<float> effect_observations_;  // capacity 0 unless stored
};

}  // namespace flyball
