#include "agent/known_states.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "policies/known_states.h"

namespace flyball {

namespace {

constexpr std::array kJudged = {Feature::kQueue,    Feature::kArrivals, Feature::kSlack,
                                Feature::kDeadline, Feature::kPower,    Feature::kTemperature};
constexpr float kWider = 0.1F;  // of the range, on both sides
constexpr float kLeastWider = 0.05F;

}  // namespace

std::optional<Tensor> known_states(const TrainingSet& set) {
  const std::size_t inputs = set.observation_size();
  const ObservationLayout layout = set.layout();
  Tensor tensor{{2, inputs}, std::vector<float>(inputs, -kAnyInput)};
  tensor.values.resize(2 * inputs, kAnyInput);
  bool any = false;
  for (const Feature feature : kJudged) {
    const auto input = layout.offset(feature);
    if (!input) continue;
    any = true;
    const auto [lowest, highest] = std::ranges::minmax_element(
        set.transitions, {}, [&](const Transition& t) { return t.observation[*input]; });
    const float low = lowest->observation[*input];
    const float high = highest->observation[*input];
    const float wider = std::max(kWider * (high - low), kLeastWider);
    tensor.values[*input] = low - wider;
    tensor.values[inputs + *input] = high + wider;
  }
  return any ? std::optional(std::move(tensor)) : std::nullopt;
}

}  // namespace flyball
