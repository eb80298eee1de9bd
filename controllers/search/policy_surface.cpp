#include "controllers/search/policy_surface.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "policies/dense_policy.h"

namespace flyball {

namespace {

void require(bool holds, const std::string& name, const std::string& why) {
  if (!holds) throw PolicySurfaceError(fmt::format("{}: {}", name, why));
}

void require_predictions(const std::string& name, const PolicyMetadata& metadata) {
  const bool by_request =
      metadata.training && metadata.training->credit == SpanCredit::kWholeBatches;
  require(by_request && metadata.training->gamma == 0.0, name,
          "is no policy of a saturated job (credit = \"whole_batches\", gamma = 0): it does not "
          "predict what a request costs");
  require(metadata.constraint && metadata.constraint->kind == ConstraintKind::kLatency, name,
          "predicts no latency: train it with a limit on latency");
  require(metadata.reward.eta > 0.0, name, "eta = 0: it predicts no energy");
  require(metadata.reward.miss_penalty == 0.0, name,
          "has a price of a miss: what it predicts is not energy and latency alone");
  require(std::ranges::count(metadata.support, std::uint8_t{1}) > 1, name,
          "knows one setting alone: it does not tell settings apart");
  for (const PolicyKnob& knob : metadata.knobs) {
    require(!knob.cap, name, fmt::format("caps {}: it does not know what pins cost", knob.name));
  }
}

// The preference that it is asked for by itself; nvpmodel's mode without limits.
std::vector<float> observation_of(const PolicyMetadata& metadata) {
  const ObservationLayout layout = observation_layout(metadata);
  std::vector<float> observation(layout.size(), 0.0F);
  if (const auto eta = layout.offset(Feature::kEta)) {
    observation[*eta] = static_cast<float>(metadata.reward.eta);
  }
  for (std::size_t k = 0; k < metadata.knobs.size(); ++k) {
    if (const auto floor = layout.offset(Feature::kFloor, k)) observation[*floor] = -1.0F;
    if (const auto ceiling = layout.offset(Feature::kCeiling, k)) observation[*ceiling] = 1.0F;
  }
  if (const auto cpus = layout.offset(Feature::kCpusOnline)) observation[*cpus] = 1.0F;
  return observation;
}

// Per joint action of the policy: the supported one that is the fewest levels away.
std::vector<std::size_t> nearest_supported(const ActionSpace& actions,
                                           const std::vector<std::uint8_t>& support) {
  std::vector<std::optional<std::size_t>> nearest(actions.size());
  std::deque<std::size_t> open;
  for (std::size_t action = 0; action < actions.size(); ++action) {
    if (support[action] == 0) continue;
    nearest[action] = action;
    open.push_back(action);
  }
  std::vector<Level> levels(actions.knob_count());
  for (; !open.empty(); open.pop_front()) {
    const std::size_t from = open.front();
    actions.levels_of(from, levels);
    const auto reach = [&] {
      const std::size_t to = actions.index_of(levels);
      if (nearest[to]) return;
      nearest[to] = nearest[from];
      open.push_back(to);
    };
    for (std::size_t k = 0; k < levels.size(); ++k) {
      if (levels[k] > 0) {
        --levels[k];
        reach();
        ++levels[k];
      }
      if (levels[k] + 1U < actions.counts()[k]) {
        ++levels[k];
        reach();
        --levels[k];
      }
    }
  }
  std::vector<std::size_t> result;
  for (const auto& action : nearest) result.push_back(*action);
  return result;
}

// Logarithms of what a joint action costs.
struct Cost {
  double seconds = 0.0;
  double joules = 0.0;
};

std::vector<Cost> predictions(const std::string& name, const PolicyFile& file) {
  const PolicyMetadata& metadata = file.metadata;
  DensePolicy policy(file);
  policy.decide(observation_of(metadata));
  const RewardConfig& reward = metadata.reward;
  std::vector<Cost> costs;
  for (const std::size_t action : nearest_supported(policy.action_space(), metadata.support)) {
    const PredictedAction predicted = policy.predicted(action);
    const double seconds = *predicted.constraint;
    const double of_time = (1.0 - reward.eta) * seconds / reward.latency_reference_seconds;
    const double joules = reward.energy_reference_joules * (predicted.cost - of_time) / reward.eta;
    const bool is_good = seconds > 0.0 && joules > 0.0 && std::isfinite(seconds + joules);
    require(is_good, name,
            fmt::format("predicts {:g} s and {:g} J for its setting {}: it is not sure enough of "
                        "its settings to tell beforehand",
                        seconds, joules, action));
    costs.push_back({std::log(seconds), std::log(joules)});
  }
  return costs;
}

// A value between two levels of a knob: `above` is the share of the higher one.
struct Place {
  Level below = 0;
  double above = 0.0;
};

Place place_of(const std::vector<double>& levels, double value) {
  const auto next = std::ranges::upper_bound(levels, value);
  if (next == levels.begin()) return {0, 0.0};
  const auto below = static_cast<Level>(next - levels.begin() - 1);
  if (next == levels.end()) return {below, 0.0};
  return {below, std::log(value / levels[below]) / std::log(*next / levels[below])};
}

class Interpolation {
 public:
  Interpolation(const std::vector<PolicyKnob>& knobs, std::vector<Cost> costs)
      : actions_(action_space_of(knobs)), costs_(std::move(costs)) {}

  // Multilinear. Requires: a place per knob.
  Cost at(const std::vector<Place>& places) const {
    Cost sum;
    std::vector<Level> levels(places.size());
    for (std::size_t corner = 0; corner < std::size_t{1} << places.size(); ++corner) {
      double weight = 1.0;
      for (std::size_t k = 0; k < places.size(); ++k) {
        const bool is_above = (corner >> k & 1U) != 0;
        weight *= is_above ? places[k].above : 1.0 - places[k].above;
        levels[k] = static_cast<Level>(places[k].below + (is_above ? 1 : 0));
      }
      if (weight <= 0.0) continue;
      const Cost& cost = costs_[actions_.index_of(levels)];
      sum.seconds += weight * cost.seconds;
      sum.joules += weight * cost.joules;
    }
    return sum;
  }

 private:
  ActionSpace actions_;
  std::vector<Cost> costs_;
};

std::optional<std::size_t> knob_of(const SearchSpace& space, const std::string& name) {
  const auto found = std::ranges::find(space.knobs(), name, &Knob::name);
  if (found == space.knobs().end()) return std::nullopt;
  return static_cast<std::size_t>(found - space.knobs().begin());
}

// What of the space the policy turns, and where each of its knobs is found.
struct Shared {
  std::vector<std::optional<std::size_t>> places;  // per knob of the policy, of the space's
  std::vector<std::uint8_t> known;                 // per knob of the space
};

Shared shared_knobs(const std::string& name, const PolicyMetadata& metadata,
                    const SearchSpace& space) {
  Shared shared{{}, std::vector<std::uint8_t>(space.knob_count(), 0)};
  for (const PolicyKnob& knob : metadata.knobs) {
    const auto place = knob_of(space, knob.name);
    require(place || !knob.application, name,
            fmt::format("turns {}, which is not searched", knob.name));
    shared.places.push_back(place);
    if (place) shared.known[*place] = 1;
  }
  require(std::ranges::count(shared.known, std::uint8_t{1}) > 0, name,
          "turns no knob that is searched");
  return shared;
}

}  // namespace

WorkloadSurface policy_surface(const std::string& name, const PolicyFile& policy,
                               const SearchSpace& space, const std::string& board) {
  const PolicyMetadata& metadata = policy.metadata;
  require_predictions(name, metadata);
  const Shared shared = shared_knobs(name, metadata, space);
  const Interpolation known(metadata.knobs, predictions(name, policy));
  const bool knows_all = std::ranges::count(shared.known, std::uint8_t{0}) == 0;
  const SurfacePrior physics = knows_all ? SurfacePrior{} : generic_prior(space);
  WorkloadSurface surface{name, {}, {}, true};
  std::vector<Place> places(metadata.knobs.size());
  for (std::size_t c = 0; c < space.size(); ++c) {
    for (std::size_t k = 0; k < places.size(); ++k) {
      const std::vector<double>& levels = metadata.knobs[k].levels;
      double value = levels.back();
      if (const auto place = shared.places[k]) {
        const double highest = space.knobs()[*place].levels.back();
        const bool as_it_is = board == metadata.board || metadata.knobs[k].application;
        value = space.value(c, *place) * (as_it_is ? 1.0 : levels.back() / highest);
      }
      places[k] = place_of(levels, value);
    }
    Cost cost = known.at(places);
    if (!knows_all) {  // what the other knobs do, the known ones at the start
      std::vector<Level> levels = space.levels_of(c);
      const std::vector<Level> start = space.levels_of(space.start());
      for (std::size_t k = 0; k < levels.size(); ++k) {
        if (shared.known[k] != 0) levels[k] = start[k];
      }
      const auto other = static_cast<Eigen::Index>(*space.candidate_of(levels));
      cost.seconds += physics.seconds.mean[other];
      cost.joules += physics.joules.mean[other];
    }
    surface.seconds.push_back(std::exp(cost.seconds));
    surface.joules.push_back(std::exp(cost.joules));
  }
  return surface;
}

}  // namespace flyball
