#include "env/fitting/replay_judgement.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace flyball {

namespace {

constexpr std::size_t kBlocks = 8;
// Student's t, two-sided 95 %, by degrees of freedom from 1.
constexpr double kStudent[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365};

using Figure = std::optional<double> (ReplayComparison::*)() const;

// All blocks but one.
ReplayComparison without(const std::vector<ReplayComparison>& blocks, std::size_t left_out) {
  std::vector<StretchFigures> log;
  std::vector<StretchFigures> replay;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    if (b == left_out) continue;
    log.push_back(blocks[b].log);
    replay.push_back(blocks[b].replay);
  }
  return {pooled(log), pooled(replay)};
}

std::optional<ErrorInterval> interval_of(std::optional<double> whole,
                                         const std::vector<ReplayComparison>& rest, Figure figure) {
  if (!whole || rest.size() < 2) return std::nullopt;
  std::vector<double> errors;
  double mean = 0.0;
  for (const ReplayComparison& comparison : rest) {
    const std::optional<double> error = (comparison.*figure)();
    if (!error) return std::nullopt;
    errors.push_back(*error);
    mean += *error;
  }
  const auto count = static_cast<double>(errors.size());
  mean /= count;
  double squares = 0.0;
  for (const double error : errors) squares += (error - mean) * (error - mean);
  const double deviation = std::sqrt((count - 1.0) / count * squares);
  const double half = kStudent[errors.size() - 2] * deviation;
  return ErrorInterval{*whole, *whole - half, *whole + half};
}

ReplayVerdict verdict_of(const std::optional<ErrorInterval>& interval, double allowed) {
  if (!interval) return ReplayVerdict::kCannotTell;
  if (interval->low >= -allowed && interval->high <= allowed) return ReplayVerdict::kReplays;
  const bool beyond = interval->low > allowed || interval->high < -allowed;
  return beyond ? ReplayVerdict::kDoesNot : ReplayVerdict::kCannotTell;
}

}  // namespace

const char* to_string(ReplayVerdict verdict) {
  switch (verdict) {
    case ReplayVerdict::kReplays: return "replays";
    case ReplayVerdict::kCannotTell: return "cannot tell";
    case ReplayVerdict::kDoesNot: break;
  }
  return "does not replay";
}

// A log may show no clock of the GPU; power and latencies it must.
ReplayVerdict ReplayJudgement::verdict(const ReplayTolerances& tolerances) const {
  return std::max({verdict_of(energy, tolerances.energy_share),
                   gpu_hz ? verdict_of(gpu_hz, tolerances.gpu_hz) : ReplayVerdict::kReplays,
                   verdict_of(latency_p95, tolerances.latency_p95_share)});
}

double ReplayJudgement::latency_margin() const {
  constexpr double kLeast = 0.1;  // an interval may reach below -100 %
  if (!latency_p95) return 1.0;
  return std::clamp(1.0 + latency_p95->low, kLeast, 1.0);
}

ReplayJudgement judge_replay(std::span<const LogSample> log, std::span<const LogSample> replay) {
  std::vector<ReplayComparison> blocks;
  for (const std::span<const LogSample> block : cut_in_time(log, kBlocks)) {
    const auto first = static_cast<std::size_t>(block.data() - log.data());
    blocks.push_back(compare(block, replay.subspan(first, block.size())));
  }
  std::vector<ReplayComparison> rest;
  for (std::size_t b = 0; b < blocks.size(); ++b) rest.push_back(without(blocks, b));
  const ReplayComparison whole = compare(log, replay);
  return {interval_of(whole.energy_error(), rest, &ReplayComparison::energy_error),
          interval_of(whole.gpu_hz_error(), rest, &ReplayComparison::gpu_hz_error),
          interval_of(whole.latency_p95_error(), rest, &ReplayComparison::latency_p95_error)};
}

}  // namespace flyball
