#include "agent/training/training_seeds.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>

#include "agent/networks/q_network.h"
#include "env/job_pool.h"
#include "env/statistics.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

double saving_of(TrainingRun& run) {
  return run.validated() ? run.validated()->saving : run.predicted_saving();
}

}  // namespace

void train_seeds(std::vector<TrainingRun>& runs, unsigned threads, const SeedsProgress& progress) {
  std::vector<std::atomic<std::uint64_t>> steps(runs.size());
  std::atomic<bool> failed = false;
  std::mutex mutex;  // of progress
  const auto total = [&] {
    std::uint64_t sum = 0;
    for (const auto& done : steps) sum += done;
    return sum;
  };
  const auto train_one = [&](std::size_t i) {
    set_torch_threads(1);  // of this thread
    runs[i].run([&](const TrainingProgress& p, const std::string&) {
      steps[i] = p.step;
      const std::lock_guard lock(mutex);
      return progress(total()) && !failed;
    });
  };
  run_jobs(runs.size(), threads, [&](std::size_t i) {
    try {
      train_one(i);
    } catch (...) {
      failed = true;  // the others need not go on
      throw;
    }
  });
}

ordered_json summarise_seeds(std::vector<TrainingRun>& runs) {
  ordered_json json;
  std::vector<double> savings;
  std::vector<std::uint64_t> seeds;  // likewise
  std::vector<std::uint64_t> unfinished;
  for (TrainingRun& run : runs) {
    if (!run.is_done()) {
      unfinished.push_back(run.seed());
      continue;
    }
    run.finish();
    seeds.push_back(run.seed());
    savings.push_back(saving_of(run));
    json["seeds"].push_back({{"seed", run.seed()},
                             {"saving", savings.back()},
                             {"steps", run.steps()},
                             {"stopped_early", run.stopped_early()},
                             {"policy", run.options().policy.string()},
                             {"warnings", run.warnings()},
                             {"refused", run.refusals()}});
    if (run.validated()) json["seeds"].back()["feasible"] = run.validated()->feasible;
  }
  json["unfinished"] = unfinished;
  std::vector<std::size_t> order(seeds.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return savings[a] < savings[b]; });
  json["median_seed"] = seeds[order[(order.size() - 1) / 2]];
  std::sort(savings.begin(), savings.end());
  json["measured"] = runs.front().validated().has_value();
  json["saving"] = {{"median", interpolated_quantile(savings, 0.5)},
                    {"interquartile_range",
                     interpolated_quantile(savings, 0.75) - interpolated_quantile(savings, 0.25)},
                    {"worst", savings.front()},
                    {"best", savings.back()}};
  return json;
}

}  // namespace flyball
