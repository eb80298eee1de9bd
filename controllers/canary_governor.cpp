#include "controllers/canary_governor.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace flyball {

namespace {

// A decision that comes later than so many periods was not the next one: it was paused.
constexpr double kGapPeriods = 3.0;

// Cycles per second of the domains of one kind.
double capacity_of(const PlantDescription& plant, DomainKind kind) {
  double capacity = 0.0;
  for (const Domain& domain : plant.domains) {
    if (domain.kind != kind) continue;
    const double units = kind == DomainKind::kCpu ? static_cast<double>(domain.cpus.size()) : 1.0;
    capacity += units * domain.frequencies_hz.back();
  }
  return capacity;
}

}  // namespace

CanaryGovernor::CanaryGovernor(Governor& learned, const CanaryConfig& config,
                               std::function<void(const Telemetry&)> aside)
    : learned_(learned), aside_(std::move(aside)), trial_(config), random_(config.seed) {}

void CanaryGovernor::reset(const GovernorScope& scope) {
  learned_.reset(scope);
  scope_ = scope;
  cpu_capacity_ = capacity_of(*scope.plant, DomainKind::kCpu);
  gpu_capacity_ = capacity_of(*scope.plant, DomainKind::kGpu);
  former_busy_.assign(static_cast<std::size_t>(scope.plant->cpus) + scope.plant->domains.size(),
                      0.0);
  former_hertz_.assign(scope.plant->domains.size(), 0.0);
  abandon_pair();
}

void CanaryGovernor::forget(const CanaryConfig& config) {
  trial_ = CanaryTrial(config);
  abandon_pair();
}

// Slices of whoever has more of the time, for a pair.
double CanaryGovernor::filling() const {
  const double fewer = std::min(trial_.share(), 1.0 - trial_.share());
  return fewer > 0.0 ? std::round(1.0 / fewer) - 2.0 : 0.0;
}

// What ran of it counts for the shares.
void CanaryGovernor::abandon_pair() {
  if (compared_left_ < 2) filling_left_ = filling();
  compared_left_ = 2;
  slice_ends_.reset();
  stock_ = {};
  learned_slice_ = {};
  has_former_ = false;
}

Decision CanaryGovernor::decide(const GovernorInput& input) {
  const double now = input.telemetry.time_seconds;
  const double period = learned_.period().seconds;
  if (decided_seconds_ && now - *decided_seconds_ > kGapPeriods * period) abandon_pair();
  decided_seconds_ = now;
  const bool was_learned = is_learned_;
  if (!slice_ends_ || now >= *slice_ends_ - 0.5 * period) next_slice(now);
  if (!is_learned_) {
    if (aside_) aside_(input.telemetry);
    return {full_range(scope_.limits), DecidedBy::kResident, {}};
  }
  if (!was_learned && !aside_) learned_.reset(scope_);
  return learned_.decide(input);
}

void CanaryGovernor::next_slice(double now_seconds) {
  const CanaryConfig& config = trial_.config();
  if (compared_left_ == 0) {
    trial_.add(stock_, learned_slice_);
    abandon_pair();
  }
  slice_ends_ = now_seconds + config.slice_seconds;
  compared_from_ = now_seconds + config.settle_share * config.slice_seconds;
  has_former_ = false;
  is_compared_ = false;
  if (trial_.verdict() == CanaryVerdict::kRolledBack) {
    is_learned_ = false;
    return;
  }
  if (filling_left_ >= 1.0) {
    filling_left_ -= 1.0;
    is_learned_ = trial_.share() > 0.5;
    return;
  }
  is_compared_ = true;
  is_learned_ = compared_left_ == 2 ? (random_() & 1) != 0 : !is_learned_;
  --compared_left_;
}

void CanaryGovernor::note(const TelemetryRow& row) {
  if (!slice_ends_ || !is_compared_) return;
  constexpr double kRounding = 1e-6;
  if (row.telemetry.time_seconds < compared_from_ - kRounding) return;
  CanarySlice& slice = is_learned_ ? learned_slice_ : stock_;
  slice.cost += row.cost();
  slice.has_requests = slice.has_requests && row.telemetry.application.has_value();
  count_load(row);
}

// What ran since the row before, at the clocks of then.
void CanaryGovernor::count_load(const TelemetryRow& row) {
  CanarySlice& slice = is_learned_ ? learned_slice_ : stock_;
  const Telemetry& telemetry = row.telemetry;
  slice.has_load = slice.has_load && telemetry.cpus.has_value() && telemetry.domains.has_value();
  if (!slice.has_load) return;
  const std::vector<CpuTelemetry>& cpus = *telemetry.cpus;
  const std::vector<DomainTelemetry>& domains = *telemetry.domains;
  const std::size_t cpu_count = former_busy_.size() - former_hertz_.size();
  for (std::size_t d = 0; d < std::min(domains.size(), former_hertz_.size()); ++d) {
    const Domain& domain = scope_.plant->domains[d];
    double cycles = 0.0;
    const auto count = [&](double busy_seconds, std::size_t at) {
      cycles += std::max(0.0, busy_seconds - former_busy_[at]) * former_hertz_[d];
      former_busy_[at] = busy_seconds;
    };
    if (domain.kind == DomainKind::kCpu) {
      for (const int cpu : domain.cpus) {
        const auto index = static_cast<std::size_t>(cpu);
        if (index < std::min(cpus.size(), cpu_count)) count(cpus[index].busy_seconds, index);
      }
      if (has_former_ && cpu_capacity_ > 0.0) slice.cpu_load += cycles / cpu_capacity_;
    } else if (domain.kind == DomainKind::kGpu && domains[d].busy_seconds) {
      count(*domains[d].busy_seconds, cpu_count + d);
      if (has_former_ && gpu_capacity_ > 0.0) slice.gpu_load += cycles / gpu_capacity_;
    }
    former_hertz_[d] = domains[d].effective_hz.value_or(0.0);
  }
  has_former_ = true;
}

}  // namespace flyball
