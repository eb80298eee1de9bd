#include "agent/training/best_constant.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "env/action_space.h"
#include "policies/known_states.h"

namespace flyball {

namespace {

class PatternSearch {
 public:
  PatternSearch(const PolicyFile& policy, const PolicyJudge& judge)
      : policy_(policy), judge_(judge), actions_(action_space_of(policy.metadata.knobs)) {}

  ConstantPolicy run() {
    best_ = highest();
    best_figures_ = *figures_of(best_);
    search(longest() / 2);
    while (best_figures_.feasible && !judge_.confirms(constant_policy(policy_, best_))) {
      measured_.at(best_).feasible = false;
      go_to_best_measured();
      search(1);
    }
    return {as_validated(constant_policy(policy_, best_), best_figures_), best_figures_,
            measured_.size()};
  }

 private:
  void search(std::size_t longest_step) {
    for (std::size_t step = longest_step; step > 0;) {
      if (!improve(static_cast<int>(step))) step /= 2;
    }
  }

  void go_to_best_measured() {
    best_figures_ = measured_.at(best_);
    for (const auto& [action, figures] : measured_) {
      if (!is_better(figures, best_figures_)) continue;
      best_ = action;
      best_figures_ = figures;
    }
  }

  // The supported action with the highest levels, the first knob's before the others'.
  std::size_t highest() const {
    const auto& support = policy_.metadata.support;
    const auto last = std::find_if(support.rbegin(), support.rend(), [](auto s) { return s != 0; });
    return static_cast<std::size_t>(support.rend() - last) - 1;
  }
  std::size_t longest() const { return std::ranges::max(actions_.counts()); }

  // Absent: the policy may not choose it.
  std::optional<ValidationFigures> figures_of(std::size_t action) {
    if (policy_.metadata.support[action] == 0) return std::nullopt;
    const auto known = measured_.find(action);
    if (known != measured_.end()) return known->second;
    const ValidationFigures figures = judge_.measure(constant_policy(policy_, action));
    measured_.emplace(action, figures);
    return figures;
  }

  // Moves each knob by the step, down before up, and one down for another one up: along a limit no
  // knob can go down alone. False where nothing was better.
  bool improve(int step) {
    bool improved = false;
    for (std::size_t k = 0; k < actions_.knob_count(); ++k) {
      improved |= moves_to({{k, -step}}) || moves_to({{k, step}});
      for (std::size_t other = 0; other < actions_.knob_count(); ++other) {
        if (other != k) improved |= moves_to({{k, -step}, {other, step}});
      }
    }
    return improved;
  }

  // Goes there from the best setting if that is better.
  bool moves_to(std::initializer_list<std::pair<std::size_t, int>> moves) {
    std::vector<Level> levels(actions_.knob_count());
    actions_.levels_of(best_, levels);
    for (const auto& [knob, move] : moves) {
      const int level = levels[knob] + move;
      if (level < 0 || level >= static_cast<int>(actions_.counts()[knob])) return false;
      levels[knob] = static_cast<Level>(level);
    }
    const std::size_t action = actions_.index_of(levels);
    const auto figures = figures_of(action);
    if (!figures || !is_better(*figures, best_figures_)) return false;
    best_ = action;
    best_figures_ = *figures;
    return true;
  }

  const PolicyFile& policy_;
  const PolicyJudge& judge_;
  ActionSpace actions_;
  std::map<std::size_t, ValidationFigures> measured_;
  std::size_t best_ = 0;
  ValidationFigures best_figures_;
};

}  // namespace

PolicyFile constant_policy(PolicyFile policy, std::size_t action) {
  auto& support = policy.metadata.support;
  std::fill(support.begin(), support.end(), std::uint8_t{0});
  support[action] = 1;
  policy.tensors.erase(kKnownStates);
  return policy;
}

ConstantPolicy best_constant(const PolicyFile& policy, const PolicyJudge& judge) {
  return PatternSearch(policy, judge).run();
}

}  // namespace flyball
