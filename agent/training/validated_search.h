// The policies of one training as a scenario judges them: when one is measured, which is the best,
// when none gets better any more, and what a miss costs from then on. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/training/validation.h"
#include "env/state_visitor.h"

namespace flyball {

class ValidatedSearch {
 public:
  // `miss_penalty`: with which training begins.
  ValidatedSearch(ValidationConfig config, PolicyJudge judge, double miss_penalty);

  // Before the first measurement: the best constant policy of the settings of `policy`, where that
  // is asked for. It is the best so far, of step 0. Throws what measuring throws; nothing has
  // changed then.
  std::optional<PolicyFile> begin(const PolicyFile& policy);
  bool is_due(std::uint64_t step, bool is_last) const;
  // Measures the policy of this step and gives its figures; what would be the best and is not
  // confirmed is not feasible. Throws what measuring throws; nothing
  // has changed then.
  ValidationFigures measure(const PolicyFile& candidate, std::uint64_t step);
  // The one measured last is the best so far.
  bool is_best() const { return best_ && best_step_ == measured_step_; }
  const std::optional<ValidationFigures>& best() const { return best_; }
  std::uint64_t best_step() const { return best_step_; }
  // Patience has run out.
  bool has_ended() const { return ended_ != 0; }
  // Of the steps that follow, in requests under stock.
  double miss_penalty() const { return miss_penalty_; }

  void visit_state(StateVisitor& visitor);

 private:
  void move_price(bool kept);

  ValidationConfig config_;
  PolicyJudge judge_;
  std::optional<ValidationFigures> best_;
  std::uint64_t best_step_ = 0;
  std::uint64_t measured_step_ = 0;
  std::uint64_t without_better_ = 0;  // measurements in a row
  std::uint8_t ended_ = 0;
  double miss_penalty_ = 0.0;
  std::int8_t price_way_ = 0;  // it moved last: 1 dearer, -1 cheaper
  std::uint64_t price_turns_ = 0;
};

}  // namespace flyball
