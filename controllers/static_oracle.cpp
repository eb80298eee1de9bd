#include "controllers/static_oracle.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>

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

// Hands out runs (one setting, one seed) to the threads and keeps the first exception.
class RunQueue {
 public:
  RunQueue(std::vector<OraclePoint>& points, const StaticOracleConfig& config,
           const SettingRunner& run)
      : points_(points), config_(config), run_(run) {}

  std::size_t total() const { return points_.size() * config_.seeds.size(); }
  std::size_t finished() const { return finished_; }
  void stop() { stopped_ = true; }
  bool is_stopped() const { return stopped_; }

  // Does one run; false when there is nothing left to do.
  bool work() {
    const std::size_t index = next_++;
    if (stopped_ || index >= total()) return false;
    OraclePoint& point = points_[index / config_.seeds.size()];
    const std::size_t seed = index % config_.seeds.size();
    try {
      point.runs[seed] = run_(point.levels, config_.seeds[seed]);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!error_) error_ = std::current_exception();
      stopped_ = true;
      return false;
    }
    ++finished_;
    return true;
  }

  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::vector<OraclePoint>& points_;
  const StaticOracleConfig& config_;
  const SettingRunner& run_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> finished_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::exception_ptr error_;
};

void run_all(RunQueue& queue, unsigned threads, const std::function<bool(double)>& progress) {
  const double total = static_cast<double>(queue.total());
  std::vector<std::jthread> helpers;
  for (unsigned i = 1; i < threads; ++i) {
    helpers.emplace_back([&queue] {
      while (queue.work()) {
      }
    });
  }
  try {
    do {
      if (progress && !progress(static_cast<double>(queue.finished()) / total)) queue.stop();
    } while (queue.work());
  } catch (...) {
    queue.stop();  // the helpers are waited for
    throw;
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
  RunQueue queue(result.points, config, run);
  run_all(queue, std::max(1U, config.threads), progress);
  queue.rethrow();
  if (queue.is_stopped()) {
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
