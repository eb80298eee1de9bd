#include "controllers/evaluation/fine_tuning_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "controllers/evaluation/simulated_run.h"
#include "env/action_space.h"
#include "env/sim/sim_plant.h"

namespace flyball {

namespace {

constexpr std::size_t kMostLevels = 10;
constexpr std::uint64_t kBatches = 24;     // of a co-run
constexpr std::uint64_t kRequests = 4;     // of a setting
constexpr std::uint64_t kMinibatches = 2;  // likewise
constexpr double kIdleSeconds = 2.0;
constexpr double kStrideSeconds = 0.5;
constexpr std::size_t kBatchSizes[] = {1, 2, 4, 8};

OperatingPoint highest_point(const Board& board) {
  OperatingPoint point;
  for (const Domain& domain : board.domains) {
    const double hertz = domain.frequencies_hz.back();
    if (domain.kind == DomainKind::kCpu) point.cpu_hz = hertz;
    if (domain.kind == DomainKind::kGpu) point.gpu_hz = hertz;
    if (domain.kind == DomainKind::kEmc) point.emc_hz = hertz;
  }
  return point;
}

// The board with this work alone, from its first moment on, as even as can be.
SimConfig plain(SimConfig config, Arrivals arrivals) {
  config.arrivals = std::move(arrivals);
  config.load.reset();
  config.first_use.reset();
  config.mix = {};
  config.processes.clear();
  config.occupations.clear();
  config.offload.reset();
  config.offload_levels.clear();
  config.fine_tuning_levels.clear();
  config.service_noise = 0.0;
  return config;
}

Setting highest_setting(const PlantDescription& plant, std::span<const std::size_t> knobs) {
  std::vector<Level> levels;
  for (const std::size_t k : knobs) levels.push_back(plant.limits[k].ceiling);
  return Setting::pinned(levels);
}

// Until all requests are served, with every clock of the board at its highest.
double mean_latency(const SimConfig& config) {
  SimPlant plant(config);
  std::vector<std::size_t> knobs(config.board.knobs.size());
  for (std::size_t k = 0; k < knobs.size(); ++k) knobs[k] = k;
  ControlLease lease = plant.lease(knobs);
  if (const std::error_code error = lease.apply(highest_setting(plant.description(), knobs))) {
    throw std::system_error(error, "holding the simulated board's clocks");
  }
  const std::uint64_t requests = std::get<ClosedLoop>(config.arrivals).requests;
  Timeline& timeline = plant.timeline();
  while (plant.truth().served < requests && timeline.now_seconds() < kRunTimeoutSeconds) {
    timeline.sleep_until(timeline.now_seconds() + kStrideSeconds);
  }
  double sum = 0.0;
  for (const double latency : plant.truth().latencies_seconds) sum += latency;
  return sum / static_cast<double>(plant.truth().latencies_seconds.size());
}

struct PinnedPlant {
  PinnedPlant(const SimConfig& config, std::span<const std::string> clocks,
              std::span<const Level> levels)
      : plant(config), lease(plant.lease(find_knobs(plant.description(), clocks))) {
    if (const std::error_code error = lease.apply(Setting::pinned(levels))) {
      throw std::system_error(error, "holding the simulated board's clocks");
    }
  }
  SimPlant plant;
  ControlLease lease;
};

double seconds_each(const RunFigures& figures, std::uint64_t count) {
  return figures.seconds / static_cast<double>(count);
}

ServingRow row_of(const SimConfig& config, std::span<const std::string> clocks,
                  std::vector<Level> levels) {
  ServingRow row;
  row.levels = std::move(levels);
  SimConfig serving = plain(config, ClosedLoop{kRequests, 1, std::nullopt});
  serving.fine_tuning.reset();
  const RunFigures served = run_pinned(serving, clocks, row.levels, kRunTimeoutSeconds);
  row.request_seconds = served.latency_mean_seconds;
  row.serving_watts = served.energy_joules / served.seconds;
  SimConfig tuning = plain(config, std::vector<Arrival>{});
  tuning.fine_tuning->jobs = 1;
  tuning.fine_tuning->from_seconds = 0.0;
  tuning.fine_tuning->minibatches = kMinibatches;
  tuning.fine_tuning->rule = FineTuningRule::kBetween;
  const RunFigures tuned = run_pinned(tuning, clocks, row.levels, kRunTimeoutSeconds);
  row.minibatch_seconds = seconds_each(tuned, kMinibatches);
  row.tuning_watts = tuned.energy_joules / tuned.seconds;
  tuning.fine_tuning.reset();
  PinnedPlant idle(tuning, clocks, row.levels);
  idle.plant.timeline().sleep_until(kIdleSeconds);
  row.idle_watts = idle.plant.truth().energy_joules / kIdleSeconds;
  return row;
}

std::vector<Level> thinned(const LevelRange& limits) {
  const std::size_t last = limits.ceiling - limits.floor;
  const std::size_t count = std::min(kMostLevels, last + 1);
  std::vector<Level> levels;
  for (std::size_t i = 0; i < count; ++i) {
    const double share = count == 1 ? 1.0 : static_cast<double>(i) / static_cast<double>(count - 1);
    levels.push_back(
        static_cast<Level>(limits.floor + std::lround(share * static_cast<double>(last))));
  }
  return levels;
}

}  // namespace

WorkFeatures work_features(const Board& board, const WorkModel& model, std::size_t requests,
                           double work_factor) {
  const OperatingPoint point = highest_point(board);
  const BatchWork work = model.batch_work(requests, point);
  constexpr double kLeast = 1.0;  // cycles
  const double gpu =
      std::max(kLeast, work.accelerator_seconds * work.accelerator.gpu * point.gpu_hz);
  const double memory =
      std::max(kLeast, work.accelerator_seconds * work.accelerator.emc * point.emc_hz);
  return {work_factor * gpu, gpu / memory};
}

CorunFeatures corun_features(const SimConfig& config, std::size_t batch) {
  const FineTuning& tuning = config.fine_tuning.value();
  const WorkFeatures inference = work_features(config.board, *config.work, batch);
  const WorkFeatures trained =
      work_features(config.board, *tuning.work, tuning.minibatch, tuning.work_factor);
  return {inference.work, inference.intensity, trained.work, trained.intensity,
          static_cast<double>(batch)};
}

double simulated_slowdown(const SimConfig& config, std::size_t batch) {
  SimConfig together = plain(config, ClosedLoop{kBatches * batch, batch, std::nullopt});
  together.fine_tuning = config.fine_tuning.value();
  together.fine_tuning->rule = FineTuningRule::kBeside;
  together.fine_tuning->jobs = 1;
  together.fine_tuning->from_seconds = 0.0;
  together.fine_tuning->minibatches = 1'000'000'000;  // without end
  SimConfig alone = together;
  alone.fine_tuning.reset();
  return mean_latency(together) / mean_latency(alone);
}

std::vector<ServingRow> serving_rows(const SimConfig& config, std::span<const std::string> clocks) {
  const SimPlant plant(plain(config, std::vector<Arrival>{}));
  std::vector<std::vector<Level>> levels;
  std::vector<std::size_t> counts;
  for (const std::size_t k : find_knobs(plant.description(), clocks)) {
    levels.push_back(thinned(plant.description().limits[k]));
    counts.push_back(levels.back().size());
  }
  const ActionSpace space(counts);
  std::vector<ServingRow> rows;
  std::vector<Level> place(counts.size());
  for (std::size_t index = 0; index < space.size(); ++index) {
    space.levels_of(index, place);
    std::vector<Level> setting(place.size());
    for (std::size_t k = 0; k < place.size(); ++k) setting[k] = levels[k][place[k]];
    rows.push_back(row_of(config, clocks, std::move(setting)));
  }
  return rows;
}

FineTuningPlan make_fine_tuning_plan(const SimConfig& config, std::span<const std::string> knobs) {
  const auto is_tuning = [](const std::string& name) { return name == kFineTuningKnob; };
  if (!config.fine_tuning || std::none_of(knobs.begin(), knobs.end(), is_tuning)) {
    throw std::invalid_argument(
        "the governor \"fine-tuning\" needs a scenario with the table [fine_tuning] and the knob "
        "\"fine_tuning\" among control.knobs");
  }
  FineTuningPlan plan;
  for (const std::string& name : knobs) {
    if (!is_application_knob(name)) plan.knobs.push_back(name);
  }
  plan.rows = serving_rows(config, plan.knobs);
  plan.features = corun_features(config, 1);
  for (const std::size_t batch : kBatchSizes) {
    plan.predictor.learn(corun_features(config, batch), simulated_slowdown(config, batch));
  }
  return plan;
}

}  // namespace flyball
