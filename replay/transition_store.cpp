#include "replay/transition_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace flyball {

namespace {

void require_size(std::span<const float> row, std::size_t size, const char* name) {
  if (row.size() != size) {
    throw std::invalid_argument(
        fmt::format("{}: {} values where the buffer holds {}", name, row.size(), size));
  }
}

}  // namespace

TransitionStore::TransitionStore(const ReplayShape& shape)
    : shape_(shape),
      scalars_(shape.capacity),
      observations_(shape.capacity * shape.observation_size),
      next_observations_(shape.capacity * shape.observation_size),
      effect_observations_(shape.with_effect_observation ? shape.capacity * shape.observation_size
                                                         : 0) {
  if (shape.capacity == 0) throw std::invalid_argument("replay.capacity = 0: must be > 0");
  if (shape.observation_size == 0) {
    throw std::invalid_argument("replay.observation_size = 0: must be > 0");
  }
}

std::uint64_t TransitionStore::id_of(std::size_t slot) const {
  const std::uint64_t lap = oldest() / shape_.capacity * shape_.capacity;
  const std::uint64_t id = lap + slot;
  return id >= oldest() ? id : id + shape_.capacity;
}

TransitionStore::Cost TransitionStore::pack(const SpanCost& cost) {
  return {static_cast<float>(cost.seconds), static_cast<float>(cost.energy_joules),
          static_cast<float>(cost.in_system_seconds), static_cast<float>(cost.served),
          static_cast<float>(cost.missed)};
}

SpanCost TransitionStore::unpack(const Cost& cost) {
  return {cost.seconds, cost.energy_joules, cost.in_system_seconds, cost.served, cost.missed};
}

void TransitionStore::push_row(boost::circular_buffer<float>& column, std::span<const float> row) {
  column.insert(column.end(), row.begin(), row.end());
}

void TransitionStore::gather_row(const boost::circular_buffer<float>& column, std::size_t index,
                                 float* out) const {
  const auto begin = column.begin() + static_cast<std::ptrdiff_t>(index * shape_.observation_size);
  std::copy_n(begin, shape_.observation_size, out);
}

std::uint64_t TransitionStore::push(const Transition& transition) {
  const std::size_t size = shape_.observation_size;
  require_size(transition.observation, size, "observation");
  require_size(transition.next_observation, size, "next_observation");
  if (shape_.with_effect_observation) {
    require_size(transition.effect_observation, size, "effect_observation");
    push_row(effect_observations_, transition.effect_observation);
  }
  push_row(observations_, transition.observation);
  push_row(next_observations_, transition.next_observation);
  scalars_.push_back({pack(transition.before_effect), pack(transition.after_effect),
                      static_cast<float>(transition.effect_seconds),
                      static_cast<float>(transition.seconds), static_cast<float>(transition.weight),
                      transition.action, transition.terminated, transition.truncated});
  return inserted_++;
}

void TransitionStore::gather(std::span<const std::uint64_t> ids, TransitionBatch& batch) const {
  const std::size_t rows = ids.size();
  const std::size_t size = shape_.observation_size;
  batch.observation_size = size;
  batch.observations.resize(rows * size);
  batch.next_observations.resize(rows * size);
  batch.effect_observations.resize(shape_.with_effect_observation ? rows * size : 0);
  batch.actions.resize(rows);
  batch.before_effect.resize(rows);
  batch.after_effect.resize(rows);
  batch.effect_seconds.resize(rows);
  batch.seconds.resize(rows);
  batch.terminated.resize(rows);
  batch.truncated.resize(rows);
  batch.weights.resize(rows);
  batch.ids.assign(ids.begin(), ids.end());
  for (std::size_t row = 0; row < rows; ++row) {
    const auto index = static_cast<std::size_t>(ids[row] - oldest());
    gather_row(observations_, index, batch.observations.data() + row * size);
    gather_row(next_observations_, index, batch.next_observations.data() + row * size);
    if (shape_.with_effect_observation) {
      gather_row(effect_observations_, index, batch.effect_observations.data() + row * size);
    }
    const Scalars& scalars = scalars_[index];
    batch.actions[row] = scalars.action;
    batch.before_effect[row] = unpack(scalars.before);
    batch.after_effect[row] = unpack(scalars.after);
    batch.effect_seconds[row] = scalars.effect_seconds;
    batch.seconds[row] = scalars.seconds;
    batch.terminated[row] = scalars.terminated ? 1 : 0;
    batch.truncated[row] = scalars.truncated ? 1 : 0;
    batch.weights[row] = scalars.weight;
  }
}

}  // namespace flyball
