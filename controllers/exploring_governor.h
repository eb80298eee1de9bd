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
#include "env/config/fields.h"
#include "env/state_visitor.h"
#include "policies/acting_policy.h"
#include "policies/handover.h"

namespace flyball {

struct ExploringConfig {
  TimeBudgetConfig budget;  // of exploration
  std::uint64_t seed = 0;
};

template <typename Visitor, FieldsOf<ExploringConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"explore_share", "", within(0, 1),
         "at most this share of the time under settings drawn at random"},
        config.budget.share);
  field({"explore_burst_seconds", "s", at_least(0), "so much of it at once after a quiet time"},
        config.budget.burst_seconds);
}

// Throws std::invalid_argument naming the key at fault.
void validate(const ExploringConfig& config);

// One that was taken before.
struct PastDecision {
  DecidedBy by = DecidedBy::kResident;
  Setting setting;  // of no meaning where the residents decided
};

// What decides how exploration goes on.
struct Exploration {
  std::mt19937_64 random;
  TimeBudget budget;
};

class ExploringGovernor final : public Governor {
 public:
  // `start`: the policy whose encoder, board and knobs all others share. `policies` must outlive
  // the governor, which is its reader.
  ExploringGovernor(const PolicyFile& start, Handover<ActingPolicy>& policies,
                    const ExploringConfig& config);

  std::string_view name() const override { return "exploring"; }
  // Begins again at the seed, with a full budget.
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  Period period() const override { return learned_.period(); }
  std::vector<std::string> knob_names() const { return learned_.knob_names(); }

  // The next decisions are these, as they were taken before; to bring a plant, and what is observed
  // of it, back to where it was. Call it after reset().
  void play_back(std::vector<PastDecision> decisions);
  // To go on across a reset() as if there had been none.
  const Exploration& exploration() const { return exploration_; }
  void set_exploration(const Exploration& exploration) { exploration_ = exploration; }
  void visit_state(StateVisitor& visitor);

 private:
  Decision choose(const GovernorInput& input);
  Decision again(const GovernorInput& input);
  void find_candidates(const ActingPolicy& acting);

  LearnedGovernor learned_;
  Handover<ActingPolicy>& policies_;
  ExploringConfig config_;
  Exploration exploration_;
  std::vector<std::uint32_t> candidates_;
  std::vector<Level> levels_;
  std::vector<PastDecision> played_back_;
  std::size_t played_ = 0;
};

}  // namespace flyball
