#include "tools/daemon/govern.h"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/guard.h"
#include "controllers/learned_governor.h"
#include "env/errors.h"
#include "tools/daemon/canary_session.h"
#include "tools/daemon/policy_governor.h"
#include "tools/daemon/training_grant.h"
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

// As many requests have to be in time while training runs as the policy's guard asks for.
MinibatchGateConfig training_config(const PolicyMetadata& policy) {
  MinibatchGateConfig config;
  config.in_time_share = std::clamp(1.0 - guard_config(policy).miss_limit, 0.5, 0.999);
  return config;
}

GovernorCounts counts_of(const PolicyGovernor& governor, const CanarySession* canary) {
  const std::optional<GuardReport> guard = governor.guard_report();
  return {governor.fallbacks(), guard ? std::optional(guard->guarded_share()) : std::nullopt,
          canary != nullptr ? std::optional(canary->report()) : std::nullopt};
}

}  // namespace

GovernReport govern(const GovernOptions& options, const GovernHooks& hooks) {
  PolicyGovernor governor(options);
  const bool is_shadow = options.session.dry_run;
  ShadowGovernor shadow(governor.learned());
  std::optional<CanarySession> canary;
  if (options.canary && !is_shadow) canary.emplace(governor, options, hooks.tell);
  Governor& asked = is_shadow ? static_cast<Governor&>(shadow)
                    : canary  ? canary->governor()
                              : governor;
  TrainingGrant training(training_config(governor.learned().metadata()));
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
    if (canary) canary->follow_policy();
  };
  const auto stop = [&](double governed_seconds) {
    if (canary) canary->look();
    return hooks.stop(governed_seconds);
  };
  const auto note_row = [&](const TelemetryRow& row) {
    training.note(row);
    if (hooks.note_row) hooks.note_row(row, governor.fallbacks());
  };
  SessionTask task{asked,
                   governor.learned().knob_names(),
                   governor.period().seconds,
                   board_of(options, governor.learned().metadata()),
                   governor.needs(),
                   governor.tables(),
                   canary.has_value(),
                   [&] { return counts_of(governor, canary ? &*canary : nullptr); }};
  if (!is_shadow) {
    task.decide_early = [&](const Telemetry& telemetry) {
      return governor.learned().decide_early(telemetry);
    };
  }
  if (!is_shadow) {
    task.prepare = [&] {
      training.open(options.session.root, hooks.tell);
      if (canary) canary->open();
    };
  }
  if (canary) {
    task.note_row = [&](const TelemetryRow& row) { canary->note(row); };
  }
  report.session = run_session(options.session, std::move(task),
                               {on_start, hooks.tell, stop, hooks.reload_asked, reload, note_row});
  report.policy_checksum = governor.checksum();
  report.fallbacks = governor.fallbacks() + report.session.loop.outside;
  report.guard = governor.guard_report();
  if (canary) report.canary = canary->report();
  if (is_shadow) report.shadow = shadow.report();
  report.last_levels = last_levels(
      governor.learned(), is_shadow ? shadow.last_wanted() : governor.learned().last_action(),
      report.session.loop);
  return report;
}

}  // namespace flyball
