#include "env/sim/sim_plant.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace flyball {

// Lifts the lease's limits at its end: the clocks go back to what was wanted without it.
class SimPlant::Grant final : public LeaseGrant {
 public:
  Grant(SimPlant& plant, std::span<const std::size_t> knobs)
      : plant_(&plant), knobs_(knobs.begin(), knobs.end()) {
    for (const std::size_t k : knobs_) plant_->lent_[k] = true;
  }

  ~Grant() override {
    for (const std::size_t k : knobs_) {
      plant_->lent_[k] = false;
      if (knob(k).is_application()) turn(knob(k), std::nullopt);
      for (const std::size_t d : knob(k).domains) {
        plant_->engine_.set_lease_limits(d, std::nullopt);
      }
    }
  }

  [[nodiscard]] std::error_code apply(const Setting& setting) noexcept override {
    if (setting.size() != knobs_.size()) return std::make_error_code(std::errc::invalid_argument);
    for (std::size_t i = 0; i < knobs_.size(); ++i) {
      const LevelRange range = clamped(setting[i], plant_->description().limits[knobs_[i]]);
      if (knob(knobs_[i]).is_application()) turn(knob(knobs_[i]), range);
      for (const std::size_t d : knob(knobs_[i]).domains) {
        plant_->engine_.set_lease_limits(d, range);
      }
    }
    return {};
  }

 private:
  // A batch has a ceiling; anything else that is not pinned is the application's own choice.
  void turn(const Knob& own, std::optional<LevelRange> range) {
    std::optional<double> value;
    if (range && (own.name == kBatchKnob || range->is_pinned())) value = own.levels[range->ceiling];
    if (own.name == kOffloadKnob) {
      plant_->engine_.set_offload_share(value);
    } else if (own.name == kFineTuningKnob) {
      std::optional<FineTuningRule> rule;
      if (value) rule = static_cast<FineTuningRule>(*value);
      plant_->engine_.set_fine_tuning(rule);
    } else {
      plant_->engine_.set_batch_ceiling(value);
    }
  }
  const Knob& knob(std::size_t k) const { return plant_->description().knobs[k]; }

  SimPlant* plant_;
  std::vector<std::size_t> knobs_;
};

SimPlant::SimPlant(SimConfig config)
    : engine_(std::move(config)),
      timeline_([this](double time_seconds) {
        engine_.advance_to(time_seconds);
        timeline_.set_now(time_seconds);
      }),
      lent_(engine_.description().knobs.size(), false) {}

SimPlant::~SimPlant() = default;

std::error_code SimPlant::read(Telemetry& telemetry) noexcept {
  engine_.fill(telemetry);
  return {};
}

double SimPlant::effect_time_seconds() const {
  double latest = 0.0;
  for (std::size_t k = 0; k < lent_.size(); ++k) {
    if (!lent_[k]) continue;
    for (const std::size_t d : description().knobs[k].domains) {
      const double effect = engine_.domain(d).effect_seconds();
      if (effect < kNever) latest = std::max(latest, effect);
    }
  }
  return latest;
}

ControlLease SimPlant::lease(std::span<const std::size_t> knobs) {
  for (std::size_t i = 0; i < knobs.size(); ++i) {
    if (knobs[i] >= lent_.size()) {
      throw std::invalid_argument(fmt::format("lease: the plant has no knob {}", knobs[i]));
    }
    const bool twice = std::find(knobs.begin(), knobs.begin() + static_cast<std::ptrdiff_t>(i),
                                 knobs[i]) != knobs.begin() + static_cast<std::ptrdiff_t>(i);
    if (lent_[knobs[i]] || twice) {
      throw std::logic_error(
          fmt::format("lease: {} is already lent", description().knobs[knobs[i]].name));
    }
  }
  return {{knobs.begin(), knobs.end()}, std::make_unique<Grant>(*this, knobs)};
}

}  // namespace flyball
