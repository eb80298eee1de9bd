// A governor that may be told to leave the clocks to the kernel for a while: `flyballd pause`. Not
// thread-safe; while it is paused, and while it is not, decide allocates nothing of its own.
#pragma once

#include <vector>

#include "env/governor.h"

namespace flyball {

class PausableGovernor final : public Governor {
 public:
  // `inner` must outlive this object.
  explicit PausableGovernor(Governor& inner) : inner_(inner) {}

  // From the next decision on. When a pause is over a new episode begins.
  void set_paused(bool is_paused) { is_paused_ = is_paused; }
  bool is_paused() const { return is_paused_; }

  std::string_view name() const override { return inner_.name(); }
  void reset(const GovernorScope& scope) override;  // throws what the inner one's throws
  Decision decide(const GovernorInput& input) override;
  Period period() const override { return inner_.period(); }

 private:
  Governor& inner_;
  GovernorScope scope_;
  bool is_paused_ = false;
  bool was_paused_ = false;  // at the last decision
};

}  // namespace flyball
