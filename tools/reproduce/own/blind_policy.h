// Training and judging one policy of `flyball reproduce blind`, with everything that one seed is
// asked for. Free functions, callable from several threads at once; they throw Interrupted.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controllers/evaluation/evaluation.h"
#include "tools/reproduce/own/blind_cases.h"
#include "tools/reproduce/own/changing_case.h"
#include "tools/reproduce/own/judged_case.h"

namespace flyball {

// In a changed scenario, or after a changed training; guarded.
struct VariantResult {
  std::string variant;
  double asked = 0.0;  // in time: what the scenario asks or stock manages, whichever is lower; 0..1
  double in_time = 0.0;
  double in_time_bare = 0.0;  // without the guard
  double saving = 0.0;
  bool refused = false;  // nothing could be learned of its log: nothing is deployed
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(VariantResult, variant, asked, in_time, in_time_bare, saving,
                                   refused)

struct BlindPolicy {
  JudgedRun bare;
  JudgedRun guarded;
  JudgedRun least_squares;  // of the same data and prices, guarded
  std::vector<VariantResult> variants;
  bool is_constant = false;  // nothing that was learned beat the best constant setting
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BlindPolicy, bare, guarded, least_squares, variants, is_constant)

enum class VariantEffort : std::uint8_t {
  kNone,
  kDeployed,  // the policy in other scenarios
  kTrained,   // and policies of other logs: three more trainings
};

// The recipe as a bandit's: what a setting costs in the next span, and nothing of what it leaves
// behind.
TrainConfig by_least_squares(TrainConfig config);
// The policy as flyballd runs it.
GovernorChoice guarded_choice(std::shared_ptr<const PolicyFile> policy);

// Log, training and bandit with this seed; judged on the scenario's seeds.
BlindPolicy train_blind_policy(const ChangingCase& which, std::uint64_t seed, VariantEffort effort);

}  // namespace flyball
