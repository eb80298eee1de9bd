#include "controllers/evaluation/static_oracle.h"

#include <algorithm>
#include <stdexcept>

#include "env/job_pool.h"

namespace flyball {

namespace {

std::vector<OraclePoint> all_points(const StaticOracleConfig& config) {
  std::vector<OraclePoint> points;
  std::vector<Level> levels;
  for (const LevelRange& limit : config.limits) levels.push_back(limit.floor);
  while (true) {
    OraclePoint& point = points.emplace_back();
    point.levels = levels;
    point.runs.resize(config.seeds.size());
    std::size_t k = levels.size();
    while (k > 0 && ++levels[k - 1] > config.limits[k - 1].ceiling) {
      levels[k - 1] = config.limits[k - 1].floor;
      --k;
    }
    if (k == 0) return points;
  }
}

std::optional<std::size_t> cheapest(const std::vector<OraclePoint>& points) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points[i].figures.feasible) continue;
    if (!best || points[i].figures.energy_joules < points[*best].figures.energy_joules) best = i;
  }
  return best;
}

}  // namespace

OracleResult search_static_oracle(const StaticOracleConfig& config, const SettingRunner& run,
                                  const std::function<bool(double)>& progress) {
  if (config.knobs.empty() || config.limits.size() != config.knobs.size()) {
    throw std::invalid_argument("the static oracle needs at least one knob, and a limit for each");
  }
  if (config.seeds.empty()) throw std::invalid_argument("the static oracle needs a seed");
  OracleResult result;
  result.points = all_points(config);
  const std::size_t seeds = config.seeds.size();
  const std::size_t total = result.points.size() * seeds;
  const auto run_one = [&](std::size_t index) {
    OraclePoint& point = result.points[index / seeds];
    point.runs[index % seeds] = run(point.levels, config.seeds[index % seeds]);
  };
  const auto keep_going = [&](std::size_t done) {
    return !progress || progress(static_cast<double>(done) / static_cast<double>(total));
  };
  if (!run_jobs(total, config.threads, run_one, keep_going)) {
    result.points.clear();
    result.interrupted = true;
    return result;
  }
  for (OraclePoint& point : result.points) {
    point.figures = pooled(point.runs, config.run_limits);
  }
  result.best = cheapest(result.points);
  return result;
}

std::vector<std::size_t> pareto_front(std::span<const OraclePoint> points) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (is_feasible(points[i].figures, RunLimits{})) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const RunFigures& x = points[a].figures;
    const RunFigures& y = points[b].figures;
    if (x.latency_mean_seconds != y.latency_mean_seconds) {
      return x.latency_mean_seconds < y.latency_mean_seconds;
    }
    return x.energy_joules != y.energy_joules ? x.energy_joules < y.energy_joules : a < b;
  });
  std::vector<std::size_t> front;
  for (const std::size_t i : order) {
    if (front.empty() ||
        points[i].figures.energy_joules < points[front.back()].figures.energy_joules) {
      front.push_back(i);
    }
  }
  return front;
}

}  // namespace flyball
