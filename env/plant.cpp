#include "env/plant.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace flyball {

namespace {

std::optional<Level> knob_level(const Knob& knob, const Telemetry& telemetry,
                                std::optional<double> DomainTelemetry::*frequency) {
  if (knob.is_application()) {
    if (!telemetry.application) return std::nullopt;
    const std::optional<double> asked = application_value(knob, *telemetry.application);
    if (!asked) return std::nullopt;
    return level_nearest(knob.levels, *asked);
  }
  if (!telemetry.domains) return std::nullopt;
  double fastest = 0.0;
  for (const std::size_t d : knob.domains) {
    const std::optional<double>& shown = (*telemetry.domains)[d].*frequency;
    if (!shown) return std::nullopt;
    fastest = std::max(fastest, *shown);
  }
  return level_nearest(knob.levels, fastest);
}

class PlantCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "plant"; }
  std::string message(int code) const override {
    return code == static_cast<int>(PlantError::kSteppedAside)
               ? "somebody else holds the clocks for now"
               : "unknown error " + std::to_string(code);
  }
};

}  // namespace

const std::error_category& plant_category() noexcept {
  static const PlantCategory category;
  return category;
}

std::error_code make_error_code(PlantError error) noexcept {
  return {static_cast<int>(error), plant_category()};
}

bool is_refusal(const std::error_code& error) noexcept {
  return error == std::errc::permission_denied || error == std::errc::operation_not_permitted ||
         error == std::errc::read_only_file_system;
}

std::optional<double> application_value(const Knob& knob, const ApplicationTelemetry& application) {
  if (knob.name == kOffloadKnob) return application.offload_recommended;
  if (knob.name == kFineTuningKnob) return application.fine_tuning_recommended;
  return application.batch_recommended;
}

std::optional<Level> effective_level(const Knob& knob, const Telemetry& telemetry) {
  return knob_level(knob, telemetry, &DomainTelemetry::effective_hz);
}

std::optional<Level> requested_level(const Knob& knob, const Telemetry& telemetry) {
  return knob_level(knob, telemetry, &DomainTelemetry::requested_hz);
}

void validate(const PlantDescription& description) {
  for (const Domain& domain : description.domains) validate(domain);
  for (const Knob& knob : description.knobs) validate(knob, description.domains);
  if (description.knobs.size() > kMaxKnobs) {
    throw std::invalid_argument(
        fmt::format("{}: more than {} knobs", description.board, kMaxKnobs));
  }
  if (description.limits.size() != description.knobs.size()) {
    throw std::invalid_argument(fmt::format("{}: one limit per knob expected", description.board));
  }
  for (std::size_t k = 0; k < description.knobs.size(); ++k) {
    const LevelRange& limit = description.limits[k];
    if (limit.floor > limit.ceiling || limit.ceiling >= description.knobs[k].levels.size()) {
      throw std::invalid_argument(fmt::format("{}: limits [{}, {}] are not levels",
                                              description.knobs[k].name, limit.floor,
                                              limit.ceiling));
    }
  }
}

}  // namespace flyball
