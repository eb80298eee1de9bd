// A governor that says what a policy would do while the residents go on deciding: each decision is
// the full range, and what was wanted is counted. The policy sees what ran, not what it wanted. Not
// thread-safe; decide allocates nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controllers/learned_governor.h"
#include "env/governor.h"

namespace flyball {

struct ShadowReport {
  struct OfKnob {
    std::string name;
    std::vector<double> levels;
    std::vector<std::uint64_t> wanted;  // decisions, per level
  };
  std::vector<OfKnob> knobs;
  std::uint64_t decisions = 0;  // that the policy took
  std::uint64_t same = 0;       // of these, the board ran inside what was wanted already
};

class ShadowGovernor final : public Governor {
 public:
  // `policy` must outlive this object and be asked by nobody else.
  explicit ShadowGovernor(LearnedGovernor& policy);

  std::string_view name() const override { return policy_.name(); }
  void reset(const GovernorScope& scope) override;  // throws what the policy's reset() throws
  Decision decide(const GovernorInput& input) override;
  Period period() const override { return policy_.period(); }

  // Over all resets.
  const ShadowReport& report() const { return report_; }
  // The levels wanted last, one per knob; empty where the policy could not say.
  const std::vector<Level>& last_wanted() const { return wanted_; }

 private:
  LearnedGovernor& policy_;
  std::vector<Knob> knobs_;
  std::vector<LevelRange> limits_;
  std::vector<Level> wanted_;
  ShadowReport report_;
};

}  // namespace flyball
