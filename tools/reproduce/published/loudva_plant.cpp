#include "tools/reproduce/published/loudva_plant.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "controllers/kernel_governors.h"
#include "env/errors.h"
#include "env/statistics.h"

namespace flyball {

namespace {

constexpr std::size_t kQuietLines = 10;
constexpr double kQuietCores = 0.3;

// Fitted to the latencies of stock run 0: preparing thread, seconds per image in pieces of two; the
// rest of the host's work overlaps; the CPU rail draws 0.36 W more while the thread works.
constexpr std::size_t kPieceRequests = 2;
constexpr AffineSeconds kPrepare{0.0, 0.094};
constexpr AffineSeconds kOverlapped{0.04, 0.028};
constexpr double kPreparingWatts = 0.36;

double mean(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// y = first + second * x by weighted least squares.
struct Line {
  double first = 0.0;
  double second = 0.0;
};

Line fit_line(const std::vector<double>& x, const std::vector<double>& y,
              const std::vector<double>& weight) {
  double w = 0.0;
  double mean_x = 0.0;
  double mean_y = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    w += weight[i];
    mean_x += weight[i] * x[i];
    mean_y += weight[i] * y[i];
  }
  mean_x /= w;
  mean_y /= w;
  double covariance = 0.0;
  double variance = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    covariance += weight[i] * (x[i] - mean_x) * (y[i] - mean_y);
    variance += weight[i] * (x[i] - mean_x) * (x[i] - mean_x);
  }
  const double slope = covariance / variance;
  return {mean_y - slope * mean_x, slope};
}

// The run's lines before the GPU was first used, its start and the last moments left out.
void add_railgated(const LoudvaRun& run, std::vector<double>& watts) {
  const auto used = std::find_if(run.samples.begin(), run.samples.end(),
                                 [](const LoudvaSample& sample) { return sample.gpu_watts > 0.0; });
  const auto count = used - run.samples.begin();
  for (std::ptrdiff_t i = 0; i < count - 3; ++i) {
    const LoudvaSample& sample = run.samples[static_cast<std::size_t>(i)];
    if (sample.time_seconds > 10.0) watts.push_back(sample.module_watts);
  }
}

bool is_quiet(std::span<const LoudvaSample> lines) {
  return std::all_of(lines.begin(), lines.end(), [&](const LoudvaSample& sample) {
    return sample.gpu_load <= 0.0 && sample.gpu_level == lines.back().gpu_level &&
           sample.cpu_cores_busy <= kQuietCores;
  });
}

}  // namespace

LoudvaIdle measure_idle(std::span<const LoudvaRun> runs, const Board& board) {
  std::vector<double> railgated;
  std::map<Level, std::vector<double>> quiet;
  for (const LoudvaRun& run : runs) {
    if (run.name == "stock_governor_3") continue;  // kept apart: it is what we are checked on
    add_railgated(run, railgated);
    const std::span<const LoudvaSample> samples = run.samples;
    for (std::size_t end = kQuietLines; end <= samples.size(); ++end) {
      const LoudvaSample& last = samples[end - 1];
      if (last.gpu_watts > 0.0 && is_quiet(samples.subspan(end - kQuietLines, kQuietLines))) {
        quiet[last.gpu_level].push_back(last.module_watts);
      }
    }
  }
  if (railgated.empty() || quiet.empty()) throw DataError("the serving runs show no idle board");
  LoudvaIdle idle;
  idle.railgated_watts = mean(railgated);
  idle.background_watts = idle.railgated_watts - interpolated_quantile(railgated, 0.5);
  const Knob& gpu = board.knobs.at(find_knob(board.knobs, "gpu"));
  for (std::size_t level = 0; level < gpu.levels.size(); ++level) {
    const auto above = quiet.lower_bound(static_cast<Level>(level));
    const auto upper = above == quiet.end() ? std::prev(above) : above;
    const auto lower = upper->first == level || upper == quiet.begin() ? upper : std::prev(upper);
    const double span = gpu.levels[upper->first] - gpu.levels[lower->first];
    const double share = span > 0.0 ? (gpu.levels[level] - gpu.levels[lower->first]) / span : 0.0;
    const double watts = interpolated_quantile(lower->second, 0.5) +
                         std::clamp(share, 0.0, 1.0) * (interpolated_quantile(upper->second, 0.5) -
                                                        interpolated_quantile(lower->second, 0.5));
    idle.watts.push_back(watts + idle.background_watts);
  }
  return idle;
}

MeasuredTable loudva_table(std::span<const LoudvaSweepRow> sweep, const LoudvaIdle& idle,
                           const Board& board) {
  const Knob& gpu = board.knobs.at(find_knob(board.knobs, "gpu"));
  MeasuredTable table;
  table.frequencies_hz = gpu.levels;
  table.batches = {1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 64.0};
  for (const double hz : gpu.levels) {
    std::vector<double> batch, log_batch, seconds, watts, weight;
    for (const LoudvaSweepRow& row : sweep) {
      if (row.gpu_hz != hz || row.concurrency < 2.0) continue;  // alone it never batches
      batch.push_back(row.requests_per_second * row.compute_seconds);
      log_batch.push_back(std::log2(batch.back()));
      seconds.push_back(row.compute_seconds);
      watts.push_back(row.module_watts);
      weight.push_back(1.0 / (row.compute_seconds * row.compute_seconds));
    }
    if (batch.size() < 3) throw DataError(fmt::format("sweeps.csv: too few rows at {} Hz", hz));
    const Line time = fit_line(batch, seconds, weight);
    const Line power = fit_line(log_batch, watts, std::vector<double>(batch.size(), 1.0));
    std::vector<double>& row_seconds = table.seconds.emplace_back();
    std::vector<double>& row_watts = table.busy_watts.emplace_back();
    for (const double b : table.batches) {
      row_seconds.push_back(time.first + time.second * b);
      row_watts.push_back(power.first + power.second * std::log2(b));
    }
  }
  table.idle_watts = idle.watts;
  table.railgated_watts = idle.railgated_watts;
  table.preparing_watts = kPreparingWatts;
  table.piece = kPieceRequests;
  table.prepare = kPrepare;
  table.overlapped = kOverlapped;
  // The sweep holds the module's power only. How the rails share it is assumed, and used by nothing
  // that is compared: every figure is of the module.
  table.rail_shares = {0.35, 0.15, 0.20, 0.0, 0.10, 0.20};
  return table;
}

SimConfig loudva_config(const Board& board, std::shared_ptr<const WorkModel> work,
                        std::vector<Arrival> arrivals) {
  SimConfig config;
  config.board = board;
  config.mode = find_mode(board, 0);  // MAXN
  config.work = std::move(work);
  config.arrivals = std::move(arrivals);
  config.completion = Completion::kWholeGroup;
  config.batch_levels = {4.0, 16.0, 32.0};
  config.default_batch = 32.0;
  // Only the GPU's: CPU and memory clocks were not swept, so they change nothing here.
  config.residents = [stock = stock_residents(board)](const Domain& domain) {
    return domain.kind == DomainKind::kGpu ? make_kernel_governor(stock.gpu, domain) : nullptr;
  };
  config.deferrable = DeferrableRule::kGpuBusy;
  config.railgate_seconds = std::nullopt;
  return config;
}

}  // namespace flyball
