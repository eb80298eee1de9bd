#include "env/observation_layout.h"

#include <algorithm>
#include <stdexcept>

#include "env/observation.h"
#include "env/observation_table.h"

namespace flyball {

ObservationLayout::ObservationLayout(const EncoderConfig& config, std::span<const Knob> knobs) {
  validate(config);
  for (const ObservationRow& row : observation_table()) {
    if (!(config.*row.flag)) continue;
    for (const std::size_t k : knobs_of(row, knobs))
      names_.push_back(component_name(row, knobs, k));
  }
  if (names_.empty()) throw std::invalid_argument("observation: every group is left out");
  find_features(knobs);
}

ObservationLayout::ObservationLayout(std::vector<std::string> names, std::span<const Knob> knobs)
    : names_(std::move(names)) {
  find_features(knobs);
}

void ObservationLayout::find_features(std::span<const Knob> knobs) {
  for (const ObservationRow& row : observation_table()) {
    auto& offsets = offsets_.emplace_back(std::max<std::size_t>(knobs.size(), 1));
    for (const std::size_t k : knobs_of(row, knobs)) {
      const auto found = std::find(names_.begin(), names_.end(), component_name(row, knobs, k));
      if (found != names_.end()) offsets[k] = static_cast<std::size_t>(found - names_.begin());
    }
  }
}

std::optional<std::size_t> ObservationLayout::offset(Feature feature, std::size_t knob) const {
  return offsets_[static_cast<std::size_t>(feature)][knob];
}

}  // namespace flyball
