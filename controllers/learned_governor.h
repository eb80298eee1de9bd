// The learned governor: encoder + policy + action space. Pins every leased knob at the level that
// the policy chooses, or caps it there, as the policy was trained. Not thread-safe; decide
// allocates nothing.
//
// Where it is uncertain - telemetry that the policy needs is absent or not a number, or the
// networks overflow - it asks for the full range of the limits, so that the kernel's governors
// decide, and begins afresh. Guarded, it also hands over where the limit is not kept
// (controllers/guard.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "controllers/action_setting.h"
#include "controllers/guard.h"
#include "env/governor.h"
#include "env/observation.h"
#include "policies/dense_policy.h"
#include "policies/known_states.h"
#include "policies/policy_file.h"

namespace flyball {

class LearnedGovernor final : public Governor {
 public:
  // Throws PolicyFileError when the file is not consistent.
  explicit LearnedGovernor(const PolicyFile& file, std::string name = "learned");

  std::string_view name() const override { return name_; }
  // Refuses (std::invalid_argument) a plant that the policy was not trained for: another board,
  // other knobs or tables, telemetry missing, no supported action inside the limits.
  // Requires: the scope's knobs in the order of knob_names().
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  Period period() const override { return {metadata_.encoder.period_seconds, false}; }

  // What the scope has to hold, in this order.
  std::vector<std::string> knob_names() const;

  // From now on what is promised is watched over. Before reset().
  void guard(const GuardConfig& config) { guard_.emplace(config); }
  // What the guard did, over all resets; absent: there is none.
  std::optional<GuardReport> guard_report() const {
    return guard_ ? std::optional(guard_->report()) : std::nullopt;
  }

  // Between two decisions, in the place of the last one: the highest clocks where its guard cannot
  // wait for the next. Nothing: the last one stays.
  std::optional<Decision> decide_early(const Telemetry& telemetry);

  // For a governor that decides with this one's help. From now on `policy` chooses, which must
  // outlive the next decision, be of the same board and knobs, and have its limits set.
  void choose_by(DensePolicy& policy) { chooser_ = &policy; }
  // Something else was decided than decide() said: it is what runs while the next one is thought
  // of.
  void replace_action(std::span<const Level> action);
  // What `action` asks for. Requires: reset().
  Setting setting_of(std::span<const Level> action) const { return setting_->of(action); }
  // Nothing of what was decided runs: the next decision takes the board's own clocks for what does.
  void forget_action() { action_known_ = false; }
  // Leaves a decision to the kernel's governors: the full range.
  Decision fall_back();
  // In the place of decide() while others have the clocks by turns: its guard goes on watching, and
  // what they miss is not its fault. Requires: reset().
  void stand_aside(const Telemetry& telemetry);

  const PolicyMetadata& metadata() const { return metadata_; }
  // The levels that the policy chose last, one per knob; empty where it left the last decision to
  // the kernel's governors.
  std::span<const Level> last_action() const {
    return action_known_ ? std::span<const Level>(action_) : std::span<const Level>();
  }
  // The networks' view of the last decision.
  const DensePolicy& policy() const { return policy_; }
  std::span<const float> observation() const { return observation_; }
  // Decisions left to the kernel's governors, other than by the guard, over all resets: others
  // change the limits at any time, and that begins a new episode, not a new account.
  std::uint64_t fallbacks() const { return fallbacks_; }

 private:
  bool choose(const GovernorInput& input);
  PolicyView view(bool chose);
  Decision hand_over(bool is_urgent);
  void find_previous_action(const Telemetry& telemetry);
  DensePolicy& chooser() { return chooser_ != nullptr ? *chooser_ : policy_; }

  std::string name_;
  PolicyMetadata metadata_;
  DensePolicy policy_;
  KnownStates known_states_;
  DensePolicy* chooser_ = nullptr;  // null: policy_
  std::optional<Guard> guard_;
  std::vector<Knob> knobs_;
  std::vector<LevelRange> limits_;
  std::optional<ObservationEncoder> encoder_;  // from reset() on
  std::optional<ActionSetting> setting_;       // likewise
  std::vector<float> observation_;
  std::vector<Level> action_;  // what runs: the last decision
  bool action_known_ = false;
  std::uint64_t fallbacks_ = 0;
};

}  // namespace flyball
