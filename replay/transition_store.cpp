#include "replay/transition_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <stdexcept>

namespace flyball {

namespace {

void require_size(std::span<const float> row, std::size_t size, const char* name) {
  if (row.size() != size) {
    throw std::invalid_argument(
        fmt::format("{}: {} values where the buffer holds {}", name, row.size(), size));
  }
}

// The values of a transition besides its observations, as PackedRows holds them.
enum Column : std::size_t {
  kActionAndEnd,  // the action; the two highest bits say terminated and truncated
  kSeconds,
  kEffectSeconds,
  kWeight,
  kBefore,               // five columns: the cost before the effect
  kAfter = kBefore + 5,  // five columns
  kColumns = kAfter + 5,
};
using Values = std::array<std::uint32_t, kColumns>;

constexpr std::uint32_t kTerminated = std::uint32_t{1} << 31;
constexpr std::uint32_t kTruncated = std::uint32_t{1} << 30;
static_assert(TransitionStore::kMaxActions <= kTruncated);

std::uint32_t bits_of(double value) {
  return std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

double value_of(std::uint32_t bits) { return static_cast<double>(std::bit_cast<float>(bits)); }

void pack(const SpanCost& cost, std::uint32_t* values) {
  values[0] = bits_of(cost.seconds);
  values[1] = bits_of(cost.energy_joules.value());
  values[2] = bits_of(cost.in_system_seconds);
  values[3] = bits_of(cost.served);
  values[4] = bits_of(cost.missed);
}

SpanCost unpack(const std::uint32_t* values) {
  return {value_of(values[0]), value_of(values[1]), value_of(values[2]), value_of(values[3]),
          value_of(values[4])};
}

Values pack(const Transition& transition) {
  Values values{};
  values[kActionAndEnd] = transition.action | (transition.terminated ? kTerminated : 0) |
                          (transition.truncated ? kTruncated : 0);
  values[kSeconds] = bits_of(transition.seconds);
  values[kEffectSeconds] = bits_of(transition.effect_seconds);
  values[kWeight] = bits_of(transition.weight);
  pack(transition.before_effect, values.data() + kBefore);
  pack(transition.after_effect, values.data() + kAfter);
  return values;
}

void visit_columns(StateVisitor& visitor, const std::string& name, TransitionBatch& batch) {
  const auto visit = [&](const char* column, auto& values) {
    visit_values(visitor, name + column, std::span(values));
  };
  visit(".observations", batch.observations);
  visit(".next_observations", batch.next_observations);
  visit(".effect_observations", batch.effect_observations);
  visit(".actions", batch.actions);
  visit_state(visitor, name + ".before_effect", batch.before_effect);
  visit_state(visitor, name + ".after_effect", batch.after_effect);
  visit(".effect_seconds", batch.effect_seconds);
  visit(".seconds", batch.seconds);
  visit(".terminated", batch.terminated);
  visit(".truncated", batch.truncated);
  visit(".weights", batch.weights);
}

// What the store keeps of a transition.
Transition transition_of(const TransitionBatch& batch, std::size_t row) {
  const auto observation = [&](const std::vector<float>& column) {
    if (column.empty()) return std::vector<float>();
    const auto begin = column.begin() + static_cast<std::ptrdiff_t>(row * batch.observation_size);
    return std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(batch.observation_size));
  };
  Transition transition;
  transition.observation = observation(batch.observations);
  transition.next_observation = observation(batch.next_observations);
  transition.effect_observation = observation(batch.effect_observations);
  transition.action = static_cast<std::uint32_t>(batch.actions[row]);
  transition.before_effect = batch.before_effect[row];
  transition.after_effect = batch.after_effect[row];
  transition.effect_seconds = batch.effect_seconds[row];
  transition.seconds = batch.seconds[row];
  transition.weight = static_cast<double>(batch.weights[row]);
  transition.terminated = batch.terminated[row] != 0;
  transition.truncated = batch.truncated[row] != 0;
  return transition;
}

}  // namespace

TransitionStore::TransitionStore(const ReplayShape& shape)
    : shape_(shape),
      scalars_(shape.capacity, kColumns),
      observations_(shape.capacity, shape.observation_size),
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

std::uint64_t TransitionStore::push(const Transition& transition) {
  const std::size_t size = shape_.observation_size;
  require_size(transition.observation, size, "observation");
  require_size(transition.next_observation, size, "next_observation");
  if (transition.action >= kMaxActions) {
    throw std::invalid_argument(
        fmt::format("action {}: must be below {}", transition.action, kMaxActions));
  }
  if (!transition.cost().energy_joules) {
    throw std::invalid_argument("a transition without its energy: there is nothing to learn from");
  }
  if (shape_.with_effect_observation) {
    require_size(transition.effect_observation, size, "effect_observation");
    effect_observations_.insert(effect_observations_.end(), transition.effect_observation.begin(),
                                transition.effect_observation.end());
  }
  observations_.push(transition.observation, transition.next_observation);
  scalars_.push(pack(transition));
  return inserted_++;
}

void TransitionStore::resize(TransitionBatch& batch, std::size_t rows) const {
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
}

// Rows of a batch lie anywhere: all are asked for before the first is read.
void TransitionStore::locate(std::span<const std::uint64_t> ids) {
  places_.resize(ids.size());
  const std::size_t size = shape_.observation_size;
  for (std::size_t row = 0; row < ids.size(); ++row) {
    const auto index = static_cast<std::size_t>(ids[row] - oldest());
    Place& place = places_[row];
    place.observation = observations_.observation(index);
    place.next = observations_.next(index);
    prefetch(place.observation);
    prefetch(place.next);
    scalars_.prefetch_row(index);
    if (!shape_.with_effect_observation) continue;
    place.effect = &effect_observations_[index * size];
    prefetch(place.effect);
  }
}

void TransitionStore::gather_scalars(std::span<const std::uint64_t> ids,
                                     TransitionBatch& batch) const {
  Values values{};
  for (std::size_t row = 0; row < ids.size(); ++row) {
    scalars_.read(static_cast<std::size_t>(ids[row] - oldest()), values);
    batch.actions[row] = values[kActionAndEnd] & (kTruncated - 1);
    batch.terminated[row] = (values[kActionAndEnd] & kTerminated) != 0 ? 1 : 0;
    batch.truncated[row] = (values[kActionAndEnd] & kTruncated) != 0 ? 1 : 0;
    batch.seconds[row] = value_of(values[kSeconds]);
    batch.effect_seconds[row] = value_of(values[kEffectSeconds]);
    batch.weights[row] = std::bit_cast<float>(values[kWeight]);
    batch.before_effect[row] = unpack(values.data() + kBefore);
    batch.after_effect[row] = unpack(values.data() + kAfter);
  }
}

void TransitionStore::gather(std::span<const std::uint64_t> ids, TransitionBatch& batch) {
  resize(batch, ids.size());
  batch.ids.assign(ids.begin(), ids.end());
  locate(ids);
  const std::size_t size = shape_.observation_size;
  for (std::size_t row = 0; row < ids.size(); ++row) {
    const Place& place = places_[row];
    std::copy_n(place.observation, size, batch.observations.data() + row * size);
    std::copy_n(place.next, size, batch.next_observations.data() + row * size);
    if (place.effect == nullptr) continue;
    std::copy_n(place.effect, size, batch.effect_observations.data() + row * size);
  }
  gather_scalars(ids, batch);
}

void TransitionStore::visit_content(StateVisitor& visitor, const std::string& name) {
  std::uint64_t first = oldest();
  std::uint64_t count = size();
  std::vector<std::uint64_t> ids(count);
  std::iota(ids.begin(), ids.end(), first);
  TransitionBatch all;
  gather(ids, all);
  visit_value(visitor, name + ".first", first);
  visit_value(visitor, name + ".count", count);
  resize(all, count);
  visit_columns(visitor, name, all);
  *this = TransitionStore(shape_);
  inserted_ = first;
  for (std::size_t row = 0; row < count; ++row) push(transition_of(all, row));
}

std::size_t TransitionStore::memory_bytes() const {
  return scalars_.memory_bytes() + observations_.memory_bytes() +
         effect_observations_.capacity() * sizeof(float);
}

}  // namespace flyball
