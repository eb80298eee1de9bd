#include "tools/training/training_seeds.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "policies/q_network.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

// Between the nearest ranks, linearly.
double quantile(const std::vector<double>& sorted, double q) {
  const double rank = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (rank - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

double saving_of(TrainingRun& run) {
  return run.validated() ? run.validated()->saving : run.estimate().saving();
}

}  // namespace

void train_seeds(std::vector<TrainingRun>& runs, unsigned threads, const SeedsProgress& progress) {
  std::vector<std::atomic<std::uint64_t>> steps(runs.size());
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;  // of progress and error
  std::exception_ptr error;
  const auto total = [&] {
    std::uint64_t sum = 0;
    for (const auto& done : steps) sum += done;
    return sum;
  };
  const auto train_one = [&](std::size_t i) {
    runs[i].run([&](const TrainingProgress& p, const std::string&) {
      steps[i] = p.step;
      const std::lock_guard lock(mutex);
      return progress(total()) && !error;
    });
  };
  const auto work = [&] {
    set_torch_threads(1);
    for (std::size_t i = next++; i < runs.size(); i = next++) {
      try {
        train_one(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
      }
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < std::max(1U, threads); ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  if (error) std::rethrow_exception(error);
}

ordered_json summarise_seeds(std::vector<TrainingRun>& runs) {
  ordered_json json;
  std::vector<double> savings;
  for (TrainingRun& run : runs) {
    const ordered_json report = run.report();
    savings.push_back(saving_of(run));
    json["seeds"].push_back({{"seed", run.seed()},
                             {"saving", savings.back()},
                             {"steps", run.steps()},
                             {"stopped_early", run.stopped_early()},
                             {"interrupted", !run.is_done()},
                             {"policy", run.options().policy.string()}});
    if (run.validated()) json["seeds"].back()["feasible"] = run.validated()->feasible;
  }
  std::vector<std::size_t> order(runs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return savings[a] < savings[b]; });
  json["median_seed"] = runs[order[(order.size() - 1) / 2]].seed();
  std::sort(savings.begin(), savings.end());
  json["measured"] = runs.front().validated().has_value();
  json["saving"] = {{"median", quantile(savings, 0.5)},
                    {"interquartile_range", quantile(savings, 0.75) - quantile(savings, 0.25)},
                    {"worst", savings.front()},
                    {"best", savings.back()}};
  return json;
}

}  // namespace flyball
