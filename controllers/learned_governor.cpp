#include "controllers/learned_governor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace flyball {

namespace {

[[noreturn]] void refuse(const std::string& message) { throw std::invalid_argument(message); }

std::string names_of(std::span<const Knob> knobs) {
  std::vector<std::string> names;
  for (const Knob& knob : knobs) names.push_back(knob.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

void check_table(const PolicyKnob& trained, const Knob& found) {
  if (trained.levels.size() != found.levels.size()) {
    refuse(fmt::format("knob {}: the policy was trained on {} levels, this plant has {}",
                       trained.name, trained.levels.size(), found.levels.size()));
  }
  for (std::size_t i = 0; i < found.levels.size(); ++i) {
    if (trained.levels[i] != found.levels[i]) {
      refuse(fmt::format("knob {}: level {} is {} in the policy and {} on this plant", trained.name,
                         i, trained.levels[i], found.levels[i]));
    }
  }
  if (trained.application != found.is_application()) {
    refuse(
        fmt::format("knob {}: the policy and this plant disagree whose it is (board or "
                    "application)",
                    trained.name));
  }
}

std::vector<std::string> capped_knobs(const PolicyMetadata& metadata) {
  std::vector<std::string> names;
  for (const PolicyKnob& knob : metadata.knobs) {
    if (knob.cap) names.push_back(knob.name);
  }
  return names;
}

void check_scope(const PolicyMetadata& metadata, const GovernorScope& scope) {
  if (scope.plant == nullptr) refuse("the governor was given no plant");
  if (metadata.board != scope.plant->board) {
    refuse(fmt::format("the policy was trained for board {}, this is {}", metadata.board,
                       scope.plant->board));
  }
  std::vector<std::string> names;
  for (const PolicyKnob& knob : metadata.knobs) names.push_back(knob.name);
  const std::string wanted = fmt::format("{}", fmt::join(names, ", "));
  if (wanted != names_of(scope.knobs)) {
    refuse(fmt::format("the policy turns {}, it was given {}", wanted, names_of(scope.knobs)));
  }
  if (scope.limits.size() != scope.knobs.size()) refuse("one limit per knob expected");
  for (std::size_t k = 0; k < scope.knobs.size(); ++k) {
    check_table(metadata.knobs[k], scope.knobs[k]);
  }
}

}  // namespace

LearnedGovernor::LearnedGovernor(const PolicyFile& file, std::string name)
    : name_(std::move(name)),
      metadata_(file.metadata),
      policy_(file),
      known_states_(file.tensors),
      observation_(policy_.observation_size()),
      action_(policy_.knob_count()) {}

void LearnedGovernor::reset(const GovernorScope& scope) {
  action_known_ = false;  // also where the scope is refused
  check_scope(metadata_, scope);
  ObservationEncoder encoder(metadata_.encoder, scope);
  policy_.set_limits(scope.limits);
  encoder_ = std::move(encoder);
  setting_.emplace(scope.knobs, scope.limits, capped_knobs(metadata_));
  knobs_ = scope.knobs;
  limits_ = scope.limits;
  if (guard_) guard_->reset();
}

Decision LearnedGovernor::decide(const GovernorInput& input) {
  const bool chose = choose(input);
  const bool guarded = guard_ && guard_->watch(input.telemetry, view(chose));
  if (!chose) return fall_back();
  if (guarded) return hand_over(guard_->is_urgent());
  action_known_ = true;
  return {setting_of(action_)};
}

std::optional<Decision> LearnedGovernor::decide_early(const Telemetry& telemetry) {
  if (!guard_ || !action_known_ || !guard_->cannot_wait(telemetry)) return std::nullopt;
  guard_->watch(telemetry, {});  // its turn begins
  return hand_over(true);
}

// False where the policy cannot say.
bool LearnedGovernor::choose(const GovernorInput& input) {
  if (!encoder_->has_required(input.telemetry)) return false;
  if (!action_known_) find_previous_action(input.telemetry);
  encoder_->encode(input.telemetry, action_, input.think_seconds, observation_);
  const bool finite = std::all_of(observation_.begin(), observation_.end(),
                                  [](float value) { return std::isfinite(value); });
  if (!finite) return false;
  chooser().act(observation_, action_);
  return chooser().is_finite();
}

PolicyView LearnedGovernor::view(bool chose) {
  PolicyView view;
  view.has_room = false;
  if (!chose) return view;  // the kernel's governors decide anyway
  view.is_known = chooser_ != nullptr || known_states_.hold(observation_);  // another one learns
  view.is_feasible = chooser().is_feasible();
  for (std::size_t k = 0; k < knobs_.size(); ++k) {
    view.has_room |= !knobs_[k].is_application() && action_[k] < limits_[k].ceiling;
  }
  return view;
}

// To the kernel's governors, or to the highest clocks where requests are late already. What runs
// then is observed, not what was chosen here.
Decision LearnedGovernor::hand_over(bool is_urgent) {
  action_known_ = false;
  Setting setting = full_range(limits_);
  for (std::size_t k = 0; k < knobs_.size() && is_urgent; ++k) {
    if (!knobs_[k].is_application()) setting[k].floor = setting[k].ceiling;
  }
  return {setting, DecidedBy::kResident};
}

std::vector<std::string> LearnedGovernor::knob_names() const {
  std::vector<std::string> names;
  for (const PolicyKnob& knob : metadata_.knobs) names.push_back(knob.name);
  return names;
}

// Before the first decision the board's own choice runs; under a cap that is no cap.
void LearnedGovernor::find_previous_action(const Telemetry& telemetry) {
  for (std::size_t k = 0; k < knobs_.size(); ++k) {
    action_[k] = metadata_.knobs[k].cap
                     ? limits_[k].ceiling
                     : effective_level(knobs_[k], telemetry).value_or(limits_[k].ceiling);
  }
}

void LearnedGovernor::replace_action(std::span<const Level> action) {
  std::copy(action.begin(), action.end(), action_.begin());
}

void LearnedGovernor::stand_aside(const Telemetry& telemetry) {
  if (guard_) guard_->watch(telemetry, {.has_room = false, .decides = false});
  action_known_ = false;
  encoder_->reset();
}

Decision LearnedGovernor::fall_back() {
  ++fallbacks_;
  action_known_ = false;
  encoder_->reset();
  return {full_range(limits_), DecidedBy::kResident};
}

}  // namespace flyball
