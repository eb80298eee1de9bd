#include "replay/fading_replay.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "env/config/check_fields.h"
#include "env/draw.h"

namespace flyball {

void validate(const FadingConfig& config) { check_fields(config); }

FadingReplay::FadingReplay(const ReplayShape& shape, std::vector<std::size_t> shuffled)
    : shape_(shape), shuffled_(std::move(shuffled)), store_(shape) {}

void FadingReplay::believe(std::span<const Transition> beliefs, const FadingConfig& fading) {
  validate(fading);
  fading_ = fading;
  store_ = TransitionStore(shape_);
  for (const Transition& belief : beliefs) store_.push(belief);
  believed_ = store_.inserted();
}

double FadingReplay::believed_share(std::size_t believed, std::size_t seen) const {
  if (believed == 0) return 0.0;
  if (seen == 0) return 1.0;
  const auto evidence = static_cast<double>(this->seen());
  const double weight = fading_.believed_samples * std::exp2(-evidence / fading_.half_life);
  return weight / (weight + evidence);
}

void FadingReplay::sample(std::size_t rows, std::mt19937_64& random, TransitionBatch& batch) {
  if (size() == 0) throw std::logic_error("sampling from an empty replay buffer");
  const std::uint64_t first_seen = std::max(believed_, store_.oldest());
  const auto believed = static_cast<std::size_t>(first_seen - store_.oldest());
  const std::size_t seen = size() - believed;
  const double share = believed_share(believed, seen);
  ids_.resize(rows);
  for (std::uint64_t& id : ids_) {
    id = draw_unit(random) < share ? store_.oldest() + draw_index(random, believed)
                                   : first_seen + draw_index(random, seen);
  }
  store_.gather(ids_, batch);
  shuffle(random, batch);
}

// The components stay together: a row gets all of them from one other row.
void FadingReplay::shuffle(std::mt19937_64& random, TransitionBatch& batch) const {
  if (shuffled_.empty()) return;
  for (std::size_t row = batch.rows(); row > 1; --row) {
    float* here = &batch.observations[(row - 1) * shape_.observation_size];
    float* there = &batch.observations[draw_index(random, row) * shape_.observation_size];
    for (const std::size_t component : shuffled_) std::swap(here[component], there[component]);
  }
}

void FadingReplay::visit_content(StateVisitor& visitor, const std::string& name) {
  visit_value(visitor, name + ".believed", believed_);
  visit_value(visitor, name + ".believed_samples", fading_.believed_samples);
  visit_value(visitor, name + ".half_life", fading_.half_life);
  store_.visit_content(visitor, name);
}

}  // namespace flyball
