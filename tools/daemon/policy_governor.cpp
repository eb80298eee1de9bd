#include "tools/daemon/policy_governor.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "env/action_space.h"
#include "env/errors.h"
#include "policies/policy_file.h"
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
  std::erase_if(tables, [](const KnownTable& table) { return is_application_knob(table.name); });
  return tables;
}

bool observes_application(const PolicyMetadata& policy) {
  const EncoderConfig& encoder = policy.encoder;
  return encoder.with_queue || encoder.with_arrivals || encoder.with_slack ||
         encoder.with_deadline || encoder.with_bandwidth || encoder.with_top_share ||
         encoder.with_lambda || std::ranges::any_of(policy.knobs, &PolicyKnob::application);
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

[[noreturn]] void refuse(const std::string& reason) {
  throw std::runtime_error(reason + ": start flyballd anew for that");
}

// A level that the former policy never chose may lie where the board has none.
void check_levels(const std::vector<KnownTable>& next, const std::vector<KnownTable>& former) {
  for (std::size_t k = 0; k < next.size() && k < former.size(); ++k) {
    if (next[k].levels != former[k].levels)
      refuse("the policy has other levels of " + next[k].name);
    for (std::size_t i = 0; i < next[k].levels.size(); ++i) {
      if (!next[k].used[i] || former[k].used[i]) continue;
      refuse(fmt::format("the policy chooses {:g} MHz of {}, which the former one never did",
                         next[k].levels[i] / 1e6, next[k].name));
    }
  }
}

void check_needs(const TelemetryNeeds& next, const TelemetryNeeds& former) {
  if (next.knobs != former.knobs) refuse("the policy turns other knobs");
  const bool is_more = (next.clocks && !former.clocks) || (next.cpus && !former.cpus) ||
                       (next.power && !former.power) || (next.temperature && !former.temperature) ||
                       (next.application && !former.application);
  if (is_more) refuse("the policy observes what the former one did not");
}

// The session's log says of which board it is, and which knobs are pinned and which capped.
void check_log(const PolicyMetadata& next, const PolicyMetadata& former) {
  if (next.board != former.board) refuse("the policy is of the board " + next.board);
  for (std::size_t k = 0; k < next.knobs.size(); ++k) {
    if (next.knobs[k].cap == former.knobs[k].cap) continue;
    refuse(fmt::format("the policy {} {}, the former one does not",
                       next.knobs[k].cap ? "caps" : "pins", next.knobs[k].name));
  }
}

struct Loaded {
  std::unique_ptr<LearnedGovernor> governor;
  std::string checksum;
};

Loaded load(const GovernOptions& options) {
  const PolicyFile file = load_policy(options.policy, FileTrust::kOwned);
  auto governor = std::make_unique<LearnedGovernor>(adapted(file, options));
  // What the kernel's governors miss is not the policy's fault.
  if (options.guarded && !options.session.dry_run) {
    governor->guard(guard_config(governor->metadata()));
  }
  return {std::move(governor), policy_checksum(file)};
}

}  // namespace

PolicyGovernor::PolicyGovernor(GovernOptions options) : options_(std::move(options)) {
  Loaded loaded = load(options_);
  learned_ = std::move(loaded.governor);
  checksum_ = std::move(loaded.checksum);
}

void PolicyGovernor::reset(const GovernorScope& scope) {
  scope_ = scope;
  learned_->reset(scope);
}

void PolicyGovernor::reload(const GovernOptions& options) {
  Loaded loaded = load(options);
  const PolicyMetadata& next = loaded.governor->metadata();
  const PolicyMetadata& former = learned_->metadata();
  if (next.encoder.period_seconds != former.encoder.period_seconds) {
    refuse(fmt::format("the policy decides every {:g} s, the former one every {:g} s",
                       next.encoder.period_seconds, former.encoder.period_seconds));
  }
  check_needs(needs_of(next), needs_of(former));
  check_log(next, former);
  check_levels(known_tables(next), known_tables(former));
  if (scope_) loaded.governor->reset(*scope_);
  former_fallbacks_ += learned_->fallbacks();
  if (const auto report = learned_->guard_report()) former_guard_ += *report;
  learned_ = std::move(loaded.governor);
  checksum_ = std::move(loaded.checksum);
  options_ = options;
}

TelemetryNeeds PolicyGovernor::needs() const { return needs_of(learned_->metadata()); }

std::vector<KnownTable> PolicyGovernor::tables() const {
  return known_tables(learned_->metadata());
}

std::optional<GuardReport> PolicyGovernor::guard_report() const {
  std::optional<GuardReport> report = learned_->guard_report();
  if (report) *report += former_guard_;
  return report;
}

}  // namespace flyball
