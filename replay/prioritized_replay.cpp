#include "replay/prioritized_replay.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "env/config/check_fields.h"
#include "env/draw.h"

namespace flyball {

void validate(const PriorityConfig& config) { check_fields(config, "replay"); }

PrioritizedReplay::PrioritizedReplay(const ReplayShape& shape, const PriorityConfig& config)
    : config_(config), store_(shape), tree_(shape.capacity) {
  validate(config);
}

void PrioritizedReplay::add(const Transition& transition) { store_.push(transition); }

// What was added since the last draw enters the tree in runs: sixteen neighbours cost one sum.
void PrioritizedReplay::settle_new() {
  settled_ = std::max(settled_, store_.oldest());
  while (settled_ < store_.inserted()) {
    const std::size_t first = store_.slot(settled_);
    const auto left = static_cast<std::size_t>(store_.inserted() - settled_);
    const std::size_t count = std::min(left, store_.capacity() - first);
    tree_.fill(first, first + count - 1, highest_);
    settled_ += count;
  }
}

void PrioritizedReplay::visit_state(StateVisitor& visitor, const std::string& name) {
  settle_new();
  slots_.resize(size());
  priorities_.resize(size());
  for (std::size_t i = 0; i < size(); ++i) {
    slots_[i] = static_cast<std::uint32_t>(i);
    priorities_[i] = tree_.get(i);
  }
  visit_values(visitor, name + ".priorities", std::span<float>(priorities_));
  visit_value(visitor, name + ".highest", highest_);
  visit_value(visitor, name + ".drawn", drawn_);
  tree_.set(slots_, priorities_);
}

void PrioritizedReplay::visit_content(StateVisitor& visitor, const std::string& name) {
  store_.visit_content(visitor, name);
  tree_ = SumTree(store_.capacity());
  settled_ = store_.oldest();
}

double PrioritizedReplay::beta() const {
  return config_.beta + (1.0 - config_.beta) * std::min(1.0, drawn_ / config_.beta_samples);
}

void PrioritizedReplay::draw_slots(std::size_t rows, std::mt19937_64& random) {
  sums_.resize(rows);
  slots_.resize(rows);
  const double total = tree_.total();
  const double stratum = total / static_cast<double>(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const double sum = (static_cast<double>(row) + draw_unit(random)) * stratum;
    sums_[row] = static_cast<float>(std::min(sum, total));
  }
  tree_.find(sums_, slots_);
}

// (size * chance)^-beta, divided by the batch's largest: what is left is (lowest / priority)^beta.
void PrioritizedReplay::weigh(TransitionBatch& batch) {
  float lowest = tree_.get(slots_.front());
  for (const std::uint32_t slot : slots_) lowest = std::min(lowest, tree_.get(slot));
  const auto exponent = static_cast<float>(beta());
  for (std::size_t row = 0; row < slots_.size(); ++row) {
    batch.weights[row] *= std::pow(lowest / tree_.get(slots_[row]), exponent);
  }
}

void PrioritizedReplay::sample(std::size_t rows, std::mt19937_64& random, TransitionBatch& batch) {
  if (size() == 0) throw std::logic_error("sampling from an empty replay buffer");
  settle_new();
  draw_slots(rows, random);
  ids_.resize(rows);
  for (std::size_t row = 0; row < rows; ++row) ids_[row] = store_.id_of(slots_[row]);
  store_.gather(ids_, batch);
  weigh(batch);
  drawn_ += static_cast<double>(rows);
}

void PrioritizedReplay::update_priorities(std::span<const std::uint64_t> ids,
                                          std::span<const float> td_errors) {
  settle_new();
  slots_.clear();
  priorities_.clear();
  const auto alpha = static_cast<float>(config_.alpha);
  const auto floor = static_cast<float>(config_.floor);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!store_.holds(ids[i])) continue;
    slots_.push_back(static_cast<std::uint32_t>(store_.slot(ids[i])));
    priorities_.push_back(std::pow(std::abs(td_errors[i]) + floor, alpha));
    highest_ = std::max(highest_, priorities_.back());
  }
  tree_.set(slots_, priorities_);
}

}  // namespace flyball
