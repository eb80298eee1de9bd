// The learned governor while its policy is still being learned: acts by the newest policy that the
// learner has handed over, and now and then tries another setting. Not thread-safe; decide waits
// for nobody and allocates nothing.
//
// What it may try is bounded: a setting that the policy may choose (supported, inside the board's
// limits) and whose predicted constraint stays below the bound; with the chance that the learner
// asks for; and for no more of the time than the budget grants, whatever the learner asks for.
//
// The kernel's governors decide where it is uncertain: the learner says so, no setting is predicted
// to keep the limit, or LearnedGovernor would fall back.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "controllers/learned_governor.h"
#include "controllers/time_budget.h"
#include "env/state_visitor.h"
#include "policies/acting_policy.h"
#include "policies/handover.h"

namespace flyball {

struct ExploringConfig {
  TimeBudgetConfig budget;  // of exploration
  std::uint64_t seed = 0;
};

// Throws std::invalid_argument naming the key at fault.
void validate(const ExploringConfig& config);

// One that was taken before.
struct PastDecision {
  DecidedBy by = DecidedBy::kResident;
  Setting setting;  // of no meaning where the residents decided
};

class ExploringGovernor final : public Governor, public DecisionSource, public ThinkTimeListener {
 public:
  // `start`: the policy whose encoder, board and knobs all others share. `policies` must outlive
  // the governor, which is its reader.
  ExploringGovernor(const PolicyFile& start, Handover<ActingPolicy>& policies,
                    const ExploringConfig& config);

  std::string_view name() const override { return "exploring"; }
  void reset(const GovernorScope& scope) override;
  Setting decide(const Telemetry& telemetry) override;
  Period period() const override { return learned_.period(); }
  std::vector<std::string> knob_names() const { return learned_.knob_names(); }
  void set_think_seconds(double think_seconds) override {
    learned_.set_think_seconds(think_seconds);
  }
  DecisionInfo last_decision() const override { return info_; }

  // The next decisions are these, as they were taken before; to bring a plant, and what is observed
  // of it, back to where it was. Call it after reset().
  void play_back(std::vector<PastDecision> decisions);
  // Random numbers and budget.
  void visit_state(StateVisitor& visitor);

 private:
  Setting choose(const Telemetry& telemetry);
  Setting again(const Telemetry& telemetry);
  Setting leave_to_residents();
  void find_candidates(const ActingPolicy& acting);

  LearnedGovernor learned_;
  Handover<ActingPolicy>& policies_;
  TimeBudget budget_;
  std::mt19937_64 random_;
  std::vector<std::uint32_t> candidates_;
  std::vector<Level> levels_;
  std::vector<PastDecision> played_back_;
  std::size_t played_ = 0;
  DecisionInfo info_;
};

}  // namespace flyball
