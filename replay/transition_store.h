// The columns of a replay buffer. Not thread-safe.
//
// A transition takes its observation, four bytes for each of its other values that is not the same
// in all transitions, and its next observation only where that is not the observation of the
// transition added after it (ObservationPairs, PackedRows). All is held in single precision.
//
// A transition's id counts insertions and never changes. The index inside a full
// boost::circular_buffer does: every push renumbers all elements. So everything outside this class
// speaks of ids; a tree over the transitions is keyed by id modulo capacity (slot()).
#pragma once

#include <boost/circular_buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "replay/observation_pairs.h"
#include "replay/packed_rows.h"
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

  // Returns the new transition's id. Throws std::invalid_argument for an observation that does not
  // fit the shape or an action of kMaxActions or more.
  std::uint64_t push(const Transition& transition);
  // Fills the batch's columns, weights with the transitions' own. Requires: holds(id) for each.
  void gather(std::span<const std::uint64_t> ids, TransitionBatch& batch);
  // All transitions, with their ids; restored, they replace those that are held.
  void visit_content(StateVisitor& visitor, const std::string& name);
  // What the columns take, room for transitions to come included.
  std::size_t memory_bytes() const;

  static constexpr std::uint32_t kMaxActions = std::uint32_t{1} << 30;

 private:
  void resize(TransitionBatch& batch, std::size_t rows) const;
  void locate(std::span<const std::uint64_t> ids);
  void gather_scalars(std::span<const std::uint64_t> ids, TransitionBatch& batch) const;

  ReplayShape shape_;
  std::uint64_t inserted_ = 0;
  PackedRows scalars_;
  ObservationPairs observations_;
  // Capacity 0 unless stored.
  boost::circular_buffer<float, AlignedAllocator<float>> effect_observations_;

  // Scratch of gather(): where the rows' observations are.
  struct Place {
    const float* observation = nullptr;
    const float* next = nullptr;
    const float* effect = nullptr;
  };
  std::vector<Place> places_;
};

}  // namespace flyball
