#include "tools/daemon/govern.h"

#include <fmt/format.h>

#include "controllers/learned_governor.h"
#include "env/errors.h"
#include "tools/daemon/policy_governor.h"
#include "tools/daemon/trusted_board.h"

namespace flyball {

namespace {

Board board_of(const GovernOptions& options, const PolicyMetadata& policy) {
  Board board = load_trusted_board(options.board.empty() ? policy.board : options.board);
  if (board.id != policy.board) {
    throw DataError(fmt::format("{}: the policy was trained for board {}, not for {}",
                                options.policy.string(), policy.board, board.id));
  }
  return board;
}

std::vector<double> last_levels(const LearnedGovernor& governor, std::span<const Level> action,
                                const LoopReport& loop) {
  std::vector<double> levels;
  if (loop.decisions == 0) return levels;
  for (std::size_t k = 0; k < action.size(); ++k) {
    levels.push_back(governor.metadata().knobs[k].levels[action[k]]);
  }
  return levels;
}

GovernorCounts counts_of(const PolicyGovernor& governor) {
  const std::optional<GuardReport> guard = governor.guard_report();
  return {governor.fallbacks(), guard ? std::optional(guard->guarded_share()) : std::nullopt};
}

}  // namespace

GovernReport govern(const GovernOptions& options, const GovernHooks& hooks) {
  PolicyGovernor governor(options);
  const bool is_shadow = options.session.dry_run;
  ShadowGovernor shadow(governor.learned());
  Governor& asked = is_shadow ? static_cast<Governor&>(shadow) : governor;
  GovernReport report;
  report.policy_checksum = governor.checksum();
  const auto on_start = [&](const SessionReport& start) {
    report.session = start;
    hooks.on_start(report);
  };
  const auto reload = [&] {
    governor.reload(hooks.options_again ? hooks.options_again() : options);
    hooks.tell(fmt::format("governing by {} ({}) from now on", governor.policy().string(),
                           governor.checksum()));
  };
  report.session =
      run_session(options.session,
                  {asked, governor.learned().knob_names(), governor.period().seconds,
                   board_of(options, governor.learned().metadata()), governor.needs(),
                   governor.tables(), false, [&governor] { return counts_of(governor); }},
                  {on_start, hooks.tell, hooks.stop, hooks.reload_asked, reload});
  report.policy_checksum = governor.checksum();
  report.fallbacks = governor.fallbacks() + report.session.loop.outside;
  report.guard = governor.guard_report();
  if (is_shadow) report.shadow = shadow.report();
  report.last_levels = last_levels(
      governor.learned(), is_shadow ? shadow.last_wanted() : governor.learned().last_action(),
      report.session.loop);
  return report;
}

}  // namespace flyball
