#include "tools/daemon/canary_session.h"

#include <fmt/format.h>

#include <exception>
#include <random>
#include <utility>

#include "tools/daemon/canary_file.h"
#include "tools/exit_codes.h"

namespace flyball {

namespace {

// So many decisions are in the compared part of a slice at least.
constexpr double kLeastPeriods = 2.0;

std::string number_text(const std::optional<double>& value) {
  return value ? fmt::format("{:g}", *value) : "-";
}

}  // namespace

CanarySession::CanarySession(PolicyGovernor& policy, const GovernOptions& options,
                             const Teller& tell)
    : policy_(policy),
      options_(options),
      tell_(tell),
      governor_(policy, config(),
                [&policy](const Telemetry& telemetry) { policy.stand_aside(telemetry); }),
      key_(key()) {
  const double period = policy.period().seconds;
  const CanaryConfig& canary = *options.canary;
  const double compared = canary.slice_seconds * (1.0 - canary.settle_share);
  if (compared < kLeastPeriods * period) {
    throw UsageError(fmt::format(
        "--canary-slice {:g}: {:g} s of it are compared; the policy decides every {:g} s, and at "
        "least {:g} decisions have to be in them",
        canary.slice_seconds, compared, period, kLeastPeriods));
  }
}

// What the policy's guard goes by is what is tolerated.
CanaryConfig CanarySession::config() const {
  CanaryConfig config = *options_.canary;
  const GuardConfig guard = guard_config(policy_.learned().metadata());
  config.miss_tolerance = guard.miss_limit;
  config.latency_limit_seconds = guard.latency_limit_seconds;
  config.latency_tolerance = guard.latency_tolerance;
  config.seed = std::random_device{}();
  return config;
}

std::string CanarySession::key() const {
  const PolicyMetadata& policy = policy_.learned().metadata();
  const Preference& asked = options_.preference;
  return fmt::format("{} of {} every {:g} s, eta {}, latency limit {}, miss limit {}{}",
                     policy_.checksum(), policy.board, policy.encoder.period_seconds,
                     number_text(asked.eta), number_text(asked.latency_limit_seconds),
                     number_text(asked.miss_limit), options_.guarded ? "" : ", unguarded");
}

void CanarySession::open() {
  file_ = open_state_file(options_.session.root, options_.session.state_directory, "canary", tell_);
  resume();
}

void CanarySession::resume() {
  if (!file_) return;
  const std::string path = file_->path().string();
  try {
    const std::string text = file_->read();
    std::optional<CanaryMemory> memory;
    if (!text.empty()) memory = canary_memory(text, key_);
    if (!memory) return;
    governor_.resume(std::move(*memory));
  } catch (const std::exception& error) {
    tell_(fmt::format("canary: {}: {}: begins anew", path, error.what()));
    return;
  }
  const CanaryMemory& memory = governor_.trial().memory();
  seen_pairs_ = memory.pairs.size() + memory.watched + memory.left_out;
  told_ = memory.verdict;
  tell_(fmt::format("{}; it goes on where it was (remove {} to begin anew)", to_text(report()),
                    path));
}

void CanarySession::look() {
  const CanaryMemory& memory = governor_.trial().memory();
  const std::uint64_t pairs = memory.pairs.size() + memory.watched + memory.left_out;
  if (pairs == seen_pairs_) return;
  seen_pairs_ = pairs;
  keep();
  if (memory.verdict == told_) return;
  told_ = memory.verdict;
  tell_(to_text(report()));
}

void CanarySession::keep() {
  if (!file_) return;
  try {
    file_->write(to_text(governor_.trial().memory(), key_));
  } catch (const std::exception& error) {
    tell_(fmt::format("canary: {}: nothing more is kept over a restart", error.what()));
    file_.reset();
  }
}

void CanarySession::follow_policy() {
  options_ = policy_.options();
  std::string next = key();
  if (next == key_) return;
  key_ = std::move(next);
  governor_.forget(config());
  seen_pairs_ = 0;
  told_ = CanaryVerdict::kUndecided;
  tell_("canary: another policy: it begins anew");
}

}  // namespace flyball
