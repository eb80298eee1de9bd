#include "tools/reproduce/own/front_policy.h"

#include <fmt/format.h>

#include <stdexcept>

#include "tools/reproduce/common/judging.h"
#include "tools/reproduce/common/pinned_runs.h"
#include "tools/reproduce/common/trained_policy.h"

namespace flyball {

namespace {

constexpr double kSegmentSeconds = 300.0;  // of the log in one mode

double cost_of(const RewardConfig& reward, const RunFigures& figures) {
  const auto served = static_cast<double>(figures.served);
  SpanCost span;
  span.energy_joules = figures.energy_joules / served;
  span.in_system_seconds = figures.latency_mean_seconds;
  return cost(reward, span);
}

}  // namespace

FrontMode measure_mode(const FrontBoard& board, int mode, unsigned threads) {
  FrontMode result;
  result.mode = mode;
  result.scenario = board.scenario;
  result.scenario.mode = find_mode(board.scenario.board.board, mode);
  result.scenario.seeds = {kJudgingSeed};
  result.name = result.scenario.mode.name;
  result.stock = run_stock(result.scenario).figures;
  result.settings = sweep_settings(result.scenario, {}, threads).table.points;
  return result;
}

std::shared_ptr<const PolicyFile> train_front_policy(const FrontBoard& board, std::uint64_t seed) {
  SimulatedLogConfig log;
  log.duration_seconds = board.log_seconds * static_cast<double>(board.modes.size());
  log.explore = board.random_share;
  log.modes = board.modes;
  log.segment_seconds = kSegmentSeconds;
  log.seed = seed;
  return train_policy(board.training, simulate_data(board.training, board.scenario, log), seed)
      .policy;
}

const RunFigures& best_setting(const FrontMode& mode, const RewardConfig& reward,
                               double limit_seconds) {
  const RunFigures* best = nullptr;
  for (const OraclePoint& setting : mode.settings) {
    const RunFigures& figures = setting.figures;
    if (!figures.finished || figures.latency_mean_seconds > limit_seconds) continue;
    if (best == nullptr || cost_of(reward, figures) < cost_of(reward, *best)) best = &figures;
  }
  if (best == nullptr) {
    throw std::runtime_error(fmt::format("mode {}: no fixed setting has a mean latency under {} s",
                                         mode.name, limit_seconds));
  }
  return *best;
}

FrontResult judge_point(const FrontMode& mode, const FrontPoint& point, const PolicyFile& policy) {
  const double limit_seconds = point.limit_factor * mode.stock.latency_mean_seconds;
  const auto asked = std::make_shared<const PolicyFile>(
      with_preference(policy, {point.eta, limit_seconds, std::nullopt}));
  const RunFigures figures = judge(mode.scenario, mode.scenario.seeds, asked).figures;
  const RewardConfig& reward = asked->metadata.reward;
  const RunFigures& oracle = best_setting(mode, reward, limit_seconds);
  const double margin = asked->metadata.constraint->margin;
  const RunFigures& cautious = best_setting(mode, reward, margin * limit_seconds);
  const double stock_cost = cost_of(reward, mode.stock);
  FrontResult result;
  result.oracle_saving = 1.0 - cost_of(reward, oracle) / stock_cost;
  result.regret = (cost_of(reward, figures) - cost_of(reward, oracle)) / stock_cost;
  result.margin_price = (cost_of(reward, cautious) - cost_of(reward, oracle)) / stock_cost;
  result.latency_of_limit = figures.latency_mean_seconds / limit_seconds;
  result.energy = figures.energy_joules / mode.stock.energy_joules;
  result.latency = figures.latency_mean_seconds / mode.stock.latency_mean_seconds;
  result.oracle_energy = oracle.energy_joules / mode.stock.energy_joules;
  result.oracle_latency = oracle.latency_mean_seconds / mode.stock.latency_mean_seconds;
  return result;
}

}  // namespace flyball
