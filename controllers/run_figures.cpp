#include "controllers/run_figures.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "env/statistics.h"

namespace flyball {

double RunFigures::in_time_share() const {
  const std::uint64_t all = served + unserved;
  if (all == 0) return 1.0;
  return static_cast<double>(served - std::min(missed, served)) / static_cast<double>(all);
}

double RunFigures::requests_per_second() const {
  return seconds > 0.0 ? static_cast<double>(served) / seconds : 0.0;
}

double RunFigures::requests_per_joule() const {
  return energy_joules > 0.0 ? static_cast<double>(served) / energy_joules : 0.0;
}

double RunFigures::changes_per_second() const {
  return seconds > 0.0 ? static_cast<double>(clock_changes) / seconds : 0.0;
}

std::vector<double> RunFigures::residency(std::size_t domain) const {
  std::vector<double> shares = residency_seconds.at(domain);
  const double all = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share = all > 0.0 ? share / all : 0.0;
  return shares;
}

namespace {

// What two runs took for the same thing.
DurationSummary both(const DurationSummary& one, const DurationSummary& other) {
  DurationSummary sum;
  sum.count = one.count + other.count;
  if (sum.count == 0) return sum;
  const double share = static_cast<double>(one.count) / static_cast<double>(sum.count);
  sum.mean_seconds = share * one.mean_seconds + (1.0 - share) * other.mean_seconds;
  sum.p50_seconds = share * one.p50_seconds + (1.0 - share) * other.p50_seconds;
  sum.p99_seconds = std::max(one.p99_seconds, other.p99_seconds);
  sum.max_seconds = std::max(one.max_seconds, other.max_seconds);
  return sum;
}

void add_residency(const RunFigures& run, RunFigures& sum) {
  if (sum.residency_seconds.empty()) {
    sum.residency_seconds = run.residency_seconds;
    return;
  }
  for (std::size_t d = 0; d < run.residency_seconds.size(); ++d) {
    for (std::size_t level = 0; level < run.residency_seconds[d].size(); ++level) {
      sum.residency_seconds[d][level] += run.residency_seconds[d][level];
    }
  }
}

}  // namespace

RunFigures figures_of(const SimTruth& truth) {
  RunFigures figures;
  figures.finished = truth.finished_seconds.has_value();
  figures.seconds = truth.finished_seconds.value_or(truth.seconds);
  figures.energy_joules = figures.finished ? truth.finished_joules : truth.energy_joules;
  figures.work = truth.work;
  WorkShare& serving = figures.work[static_cast<std::size_t>(WorkKind::kServing)];
  serving.seconds -= truth.seconds - figures.seconds;  // what came after the last request
  serving.joules -= truth.energy_joules - figures.energy_joules;
  figures.minibatches = truth.minibatches;
  figures.served = truth.served;
  figures.missed = truth.missed;
  figures.unserved = truth.unserved;
  figures.longest_late_run = truth.longest_late_run;
  figures.clock_changes =
      std::accumulate(truth.clock_changes.begin(), truth.clock_changes.end(), std::uint64_t{0});
  figures.residency_seconds =
      figures.finished ? truth.finished_residency_seconds : truth.residency_seconds;
  figures.celsius_max = truth.highest_celsius;
  figures.feasible = figures.finished && figures.unserved == 0;
  if (figures.seconds > 0.0) {
    figures.mean_power_watts = figures.energy_joules / figures.seconds;
    figures.celsius_mean = truth.celsius_seconds / figures.seconds;
  }
  if (truth.served > 0) {
    figures.energy_per_request = figures.energy_joules / static_cast<double>(truth.served);
  }
  std::vector<double> latencies = truth.latencies_seconds;
  std::sort(latencies.begin(), latencies.end());
  for (const double latency : latencies) figures.latency_mean_seconds += latency;
  if (!latencies.empty()) figures.latency_mean_seconds /= static_cast<double>(latencies.size());
  figures.latency_p50_seconds = nearest_rank(latencies, 0.5);
  figures.latency_p95_seconds = nearest_rank(latencies, 0.95);
  figures.latency_p99_seconds = nearest_rank(latencies, 0.99);
  return figures;
}

bool is_feasible(const RunFigures& figures, const RunLimits& limits) {
  if (!figures.finished || figures.unserved > 0 || figures.served == 0) return false;
  if (limits.latency_mean_seconds && figures.latency_mean_seconds > *limits.latency_mean_seconds) {
    return false;
  }
  return !limits.in_time_share || figures.in_time_share() >= *limits.in_time_share;
}

RunFigures pooled(std::span<const RunFigures> runs, const RunLimits& limits) {
  RunFigures sum;
  if (runs.empty()) return sum;
  sum.governor = runs.front().governor;
  sum.seed = runs.front().seed;
  double in_system_seconds = 0.0;
  double celsius_seconds = 0.0;
  sum.celsius_max = runs.front().celsius_max;
  for (const RunFigures& run : runs) {
    sum.energy_joules += run.energy_joules;
    sum.seconds += run.seconds;
    sum.served += run.served;
    sum.missed += run.missed;
    for (std::size_t kind = 0; kind < kWorkKinds; ++kind) {
      sum.work[kind].seconds += run.work[kind].seconds;
      sum.work[kind].joules += run.work[kind].joules;
    }
    sum.minibatches += run.minibatches;
    sum.clock_changes += run.clock_changes;
    sum.longest_late_run = std::max(sum.longest_late_run, run.longest_late_run);
    sum.celsius_max = std::max(sum.celsius_max, run.celsius_max);
    celsius_seconds += run.celsius_mean * run.seconds;
    add_residency(run, sum);
    if (run.decide) sum.decide = both(sum.decide.value_or(DurationSummary{}), *run.decide);
    if (run.guard) sum.guard = sum.guard.value_or(GuardReport{}) += *run.guard;
    sum.unserved += run.unserved;
    sum.finished = sum.finished && run.finished;
    in_system_seconds += run.latency_mean_seconds * static_cast<double>(run.served);
    sum.latency_p50_seconds += run.latency_p50_seconds / static_cast<double>(runs.size());
    sum.latency_p95_seconds += run.latency_p95_seconds / static_cast<double>(runs.size());
    sum.latency_p99_seconds += run.latency_p99_seconds / static_cast<double>(runs.size());
  }
  if (sum.served > 0) {
    sum.energy_per_request = sum.energy_joules / static_cast<double>(sum.served);
    sum.latency_mean_seconds = in_system_seconds / static_cast<double>(sum.served);
  }
  if (sum.seconds > 0.0) {
    sum.mean_power_watts = sum.energy_joules / sum.seconds;
    sum.celsius_mean = celsius_seconds / sum.seconds;
  }
  sum.feasible = is_feasible(sum, limits);
  return sum;
}

}  // namespace flyball
