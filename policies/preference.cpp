#include "policies/preference.h"

#include <fmt/format.h>

#include <stdexcept>

namespace flyball {

namespace {

void require_served(const std::optional<ServedRange>& served, const char* what, double value,
                    double trained) {
  if (!served) {
    if (value == trained) return;
    throw std::invalid_argument(
        fmt::format("{} = {}: the policy serves {} alone", what, value, trained));
  }
  if (!(value >= served->low && value <= served->high)) {
    throw std::invalid_argument(
        fmt::format("{} = {}: the policy serves {} to {}", what, value, served->low, served->high));
  }
}

void set_eta(PolicyMetadata& metadata, double eta) {
  require_served(metadata.served_eta, "eta", eta, metadata.reward.eta);
  metadata.reward.eta = eta;
  metadata.encoder.eta = eta;
}

void set_limit(PolicyMetadata& metadata, ConstraintKind kind, double limit) {
  const char* what = kind == ConstraintKind::kLatency ? "latency limit" : "miss limit";
  if (!metadata.constraint || metadata.constraint->kind != kind) {
    throw std::invalid_argument(fmt::format("{} = {}: the policy has none", what, limit));
  }
  ConstraintLimit& constraint = *metadata.constraint;
  if (!(limit > 0.0)) throw std::invalid_argument(fmt::format("{} = {}: must be > 0", what, limit));
  require_served(metadata.served_limit, what, limit, constraint.limit);
  // A network that is told the limit predicts the excess over it.
  if (metadata.encoder.with_limit) {
    metadata.constraint_output.offset += (limit - constraint.limit) * constraint.margin;
  }
  constraint.limit = limit;
  metadata.encoder.limit = limit;
}

}  // namespace

PolicyFile with_preference(PolicyFile file, const Preference& preference) {
  if (preference.eta) set_eta(file.metadata, *preference.eta);
  if (preference.latency_limit_seconds) {
    set_limit(file.metadata, ConstraintKind::kLatency, *preference.latency_limit_seconds);
  }
  if (preference.miss_limit) {
    set_limit(file.metadata, ConstraintKind::kMissRate, *preference.miss_limit);
  }
  return file;
}

}  // namespace flyball
