#include "tools/daemon/govern.h"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/learned_governor.h"
#include "env/action_space.h"
#include "env/errors.h"
#include "policies/policy_file.h"
#include "tools/daemon/trusted_board.h"
#include "tools/preference_options.h"

namespace flyball {

namespace {

constexpr double kLeastPeriodSeconds = 0.001;
constexpr double kMostPeriodSeconds = 3600.0;

// The policy as the command line wants it to run.
PolicyFile adapted(const PolicyFile& trained, const GovernOptions& options) {
  PolicyFile file = preferred(trained, options.preference, options.policy.string());
  double& period = file.metadata.encoder.period_seconds;
  if (options.period_seconds) period = *options.period_seconds;
  if (!(period >= kLeastPeriodSeconds && period <= kMostPeriodSeconds)) {
    throw DataError(fmt::format(
        "{}: decides every {:g} s; allowed are {:g} to {:g} s (--period gives it another)",
        options.policy.string(), period, kLeastPeriodSeconds, kMostPeriodSeconds));
  }
  return file;
}

Board board_of(const GovernOptions& options, const PolicyMetadata& policy) {
  Board board = load_trusted_board(options.board.empty() ? policy.board : options.board);
  if (board.id != policy.board) {
    throw DataError(fmt::format("{}: the policy was trained for board {}, not for {}",
                                options.policy.string(), policy.board, board.id));
  }
  return board;
}

// Which levels of a knob some supported action has.
std::vector<KnownTable> known_tables(const PolicyMetadata& policy) {
  std::vector<KnownTable> tables;
  std::vector<std::size_t> sizes;
  for (const PolicyKnob& knob : policy.knobs) {
    tables.push_back({knob.name, knob.levels, std::vector<bool>(knob.levels.size(), false)});
    sizes.push_back(knob.levels.size());
  }
  const ActionSpace space(sizes);
  std::vector<Level> action(sizes.size());
  for (std::size_t index = 0; index < policy.support.size(); ++index) {
    if (policy.support[index] == 0) continue;
    space.levels_of(index, action);
    for (std::size_t k = 0; k < action.size(); ++k) tables[k].used[action[k]] = true;
  }
  std::erase_if(tables, [](const KnownTable& table) { return table.name == "batch"; });
  return tables;
}

bool observes_application(const PolicyMetadata& policy) {
  const EncoderConfig& encoder = policy.encoder;
  return encoder.with_queue || encoder.with_arrivals || encoder.with_slack ||
         encoder.with_deadline || std::ranges::any_of(policy.knobs, &PolicyKnob::application);
}

// What the policy observes of the sensors.
TelemetryNeeds needs_of(const PolicyMetadata& policy) {
  const EncoderConfig& encoder = policy.encoder;
  std::vector<std::string> knobs;
  for (const PolicyKnob& knob : policy.knobs) knobs.push_back(knob.name);
  const bool turns_cpu = std::ranges::find(knobs, "cpu") != knobs.end();
  const bool sees_clocks = encoder.with_effective || encoder.with_vector_to_go;
  return {std::move(knobs),
          sees_clocks,
          (encoder.with_utilization && turns_cpu) || encoder.with_mode,
          encoder.with_power,
          encoder.with_temperature,
          observes_application(policy)};
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

GovernorCounts counts_of(const LearnedGovernor& governor) {
  const std::optional<GuardReport> guard = governor.guard_report();
  return {governor.fallbacks(), guard ? std::optional(guard->guarded_share()) : std::nullopt};
}

}  // namespace

GovernReport govern(const GovernOptions& options, const GovernHooks& hooks) {
  const PolicyFile file = load_policy(options.policy, FileTrust::kOwned);
  LearnedGovernor governor(adapted(file, options));
  const PolicyMetadata& policy = governor.metadata();
  const bool is_shadow = options.session.dry_run;
  // What the kernel's governors miss is not the policy's fault.
  if (options.guarded && !is_shadow) governor.guard(guard_config(policy));
  ShadowGovernor shadow(governor);
  Governor& asked = is_shadow ? static_cast<Governor&>(shadow) : governor;
  GovernReport report;
  report.policy_checksum = policy_checksum(file);
  const auto on_start = [&](const SessionReport& start) {
    report.session = start;
    hooks.on_start(report);
  };
  report.session = run_session(
      options.session,
      {asked, governor.knob_names(), governor.period().seconds, board_of(options, policy),
       needs_of(policy), known_tables(policy), false, [&governor] { return counts_of(governor); }},
      {on_start, hooks.tell, hooks.stop});
  report.fallbacks = governor.fallbacks() + report.session.loop.outside;
  report.guard = governor.guard_report();
  if (is_shadow) report.shadow = shadow.report();
  report.last_levels = last_levels(
      governor, is_shadow ? shadow.last_wanted() : governor.last_action(), report.session.loop);
  return report;
}

}  // namespace flyball
