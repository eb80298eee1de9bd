#include "tools/reproduce/published/finetune_corun.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "controllers/evaluation/fine_tuning_plan.h"
#include "controllers/evaluation/sim_setup.h"
#include "tools/config/board_config.h"
#include "tools/config/workload_config.h"
#include "tools/jobs/parallel_jobs.h"

namespace flyball {

namespace {

bool shares_workload(const CorunPair& one, const CorunPair& other) {
  return one.inference == other.inference || one.inference == other.tuning ||
         one.tuning == other.inference || one.tuning == other.tuning;
}

bool is_shown(const CorunPair& one, const CorunPair& held, HeldOut held_out) {
  if (held_out == HeldOut::kWorkload) return !shares_workload(one, held);
  return one.inference != held.inference || one.tuning != held.tuning;
}

double percent_off(double predicted, double simulated) {
  return 100.0 * std::abs(predicted - simulated) / simulated;
}

double mean(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double mean_slowdown(const CorunSet& set, const CorunPair& pair, HeldOut held_out) {
  std::vector<double> shown;
  for (const CorunSample& sample : set.samples) {
    if (is_shown(set.pairs[sample.pair], pair, held_out)) shown.push_back(sample.slowdown);
  }
  return shown.empty() ? 2.0 : mean(shown);
}

}  // namespace

CorunSet simulate_coruns(const CorunGrid& grid, unsigned threads) {
  const BoardConfig board = load_board(grid.board);
  std::vector<std::shared_ptr<const WorkModel>> models;
  for (const std::string& name : grid.workloads) models.push_back(load_workload(name, board).work);
  CorunSet set;
  set.board = grid.board;
  std::vector<SimConfig> configs;  // per sample
  for (std::size_t i = 0; i < models.size(); ++i) {
    for (std::size_t t = 0; t < models.size(); ++t) {
      for (const std::size_t batch : grid.batches) {
        for (const std::size_t minibatch : grid.minibatches) {
          SimConfig config = board_sim_config(board);
          config.work = models[i];
          config.fine_tuning = FineTuning{};
          config.fine_tuning->work = models[t];
          config.fine_tuning->minibatch = minibatch;
          set.samples.push_back({set.pairs.size(), corun_features(config, batch), 1.0});
          configs.push_back(std::move(config));
        }
      }
      set.pairs.push_back({grid.workloads[i], grid.workloads[t]});
    }
  }
  run_parallel("co-runs on " + grid.board, configs.size(), threads, [&](std::size_t s) {
    const auto batch = static_cast<std::size_t>(set.samples[s].features.batch);
    set.samples[s].slowdown = simulated_slowdown(configs[s], batch);
    return std::string("co-run");
  });
  return set;
}

CorunPredictor fitted_without(const CorunSet& set, const CorunPair& pair, HeldOut held_out,
                              FeatureScale scale) {
  CorunPredictor predictor(scale);
  for (const CorunSample& sample : set.samples) {
    if (!is_shown(set.pairs[sample.pair], pair, held_out)) continue;
    predictor.learn(sample.features, sample.slowdown);
  }
  return predictor;
}

CorunErrors corun_errors(const CorunSet& set, HeldOut held_out, FeatureScale scale) {
  const std::size_t each = set.samples.size() / set.pairs.size();
  CorunErrors errors;
  for (std::size_t p = 0; p < set.pairs.size(); ++p) {
    CorunPredictor predictor = fitted_without(set, set.pairs[p], held_out, scale);
    const double constant = mean_slowdown(set, set.pairs[p], held_out);
    std::vector<double> predicted;
    std::vector<double> refitted;
    std::vector<double> by_constant;
    for (std::size_t s = p * each; s < (p + 1) * each; ++s) {
      const CorunSample& sample = set.samples[s];
      predicted.push_back(percent_off(predictor.slowdown(sample.features), sample.slowdown));
      by_constant.push_back(percent_off(constant, sample.slowdown));
    }
    // What is seen first is of the middle of the grid.
    const std::size_t first = p * each + (each - kRefits) / 2;
    for (std::size_t s = first; s < first + kRefits; ++s) {
      predictor.learn_online(set.samples[s].features, set.samples[s].slowdown);
    }
    for (std::size_t s = p * each; s < (p + 1) * each; ++s) {
      if (s >= first && s < first + kRefits) continue;
      const CorunSample& sample = set.samples[s];
      refitted.push_back(percent_off(predictor.slowdown(sample.features), sample.slowdown));
    }
    errors.predicted.push_back(mean(predicted));
    errors.refitted.push_back(mean(refitted));
    errors.constant.push_back(mean(by_constant));
  }
  return errors;
}

}  // namespace flyball
