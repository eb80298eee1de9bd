#include "agent/relabel.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "env/draw.h"
#include "env/observation.h"

namespace flyball {

namespace {

std::size_t place_of(const ObservationLayout& layout, Feature feature, const char* name) {
  const auto place = layout.offset(feature);
  if (!place) {
    throw std::invalid_argument(
        fmt::format("objective.{}_range: the observation does not hold the {}", name, name));
  }
  return *place;
}

}  // namespace

double limit_scale(const ObjectiveConfig& objective) {
  return std::sqrt(objective.limit_range->low * objective.limit_range->high);
}

Relabel::Relabel(const ObjectiveConfig& objective, const ObservationLayout& layout)
    : objective_(objective) {
  if (objective.eta_range) eta_at_ = place_of(layout, Feature::kEta, "eta");
  if (objective.limit_range) limit_at_ = place_of(layout, Feature::kLimit, "limit");
}

void Relabel::draw(TransitionBatch& batch, std::mt19937_64& random) {
  const std::size_t rows = batch.rows();
  etas_.assign(rows, objective_.reward.eta);
  limits_.assign(rows, objective_.constraint ? objective_.constraint->limit : 1.0);
  for (std::size_t row = 0; row < rows; ++row) {
    if (const auto& range = objective_.eta_range) {
      etas_[row] = range->low + (range->high - range->low) * draw_unit(random);
    }
    if (const auto& range = objective_.limit_range) {
      limits_[row] = range->low * std::pow(range->high / range->low, draw_unit(random));
    }
    for (auto* observations :
         {&batch.observations, &batch.next_observations, &batch.effect_observations}) {
      if (observations->empty()) continue;
      write(*observations, row, batch.observation_size, etas_[row], limits_[row]);
    }
  }
}

ObjectiveConfig Relabel::objective(std::size_t row) const {
  ObjectiveConfig objective = objective_;
  objective.reward.eta = etas_[row];
  if (objective.constraint) objective.constraint->limit = limits_[row];
  return objective;
}

void Relabel::write_own(Transition& transition) const {
  const double limit = objective_.constraint ? objective_.constraint->limit : 1.0;
  for (auto* observation :
       {&transition.observation, &transition.next_observation, &transition.effect_observation}) {
    if (observation->empty()) continue;
    write(*observation, 0, observation->size(), objective_.reward.eta, limit);
  }
}

void Relabel::write(std::vector<float>& observations, std::size_t row, std::size_t size, double eta,
                    double limit) const {
  float* observation = observations.data() + row * size;
  if (eta_at_) observation[*eta_at_] = static_cast<float>(eta);
  if (limit_at_) observation[*limit_at_] = encoded_limit(limit, limit_scale(objective_));
}

}  // namespace flyball
