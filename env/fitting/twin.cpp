#include "env/fitting/twin.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "env/errors.h"
#include "env/fitting/levenberg_marquardt.h"

namespace flyball {

namespace {

using Eigen::Index;
using Eigen::VectorXd;

constexpr double kFewestSeconds = 60.0;
constexpr std::size_t kFewestServed = 50;
constexpr double kWindowSeconds = 3.0;   // at least, of the stretches that are compared
constexpr double kWindowRequests = 4.0;  // on average
constexpr double kMostWindows = 400.0;
constexpr double kStep = 0.03;  // of the logarithms: replays are not smooth below
constexpr double kLeast = 1e-12;
constexpr double kLighter = 2.0;  // logarithm

// One unknown, a logarithm: how it enters, and what is believed of it (normal).
struct Unknown {
  std::function<void(FittedParameters&, double)> set;
  double mean = 0.0;
  double spread = 1.0;
};

// What the fitted part of the log shows on average.
struct Usage {
  double cpu_hz = 1e9;
  double gpu_hz = 1e9;
  double emc_hz = 1e9;
  double batch = 1.0;
  double gpu_seconds = 1e-3;  // busy, per batch
  double cpu_seconds = 1e-3;  // of all cores, per batch
};

double mean_hz(std::span<const TelemetryRow> rows, const TelemetryLogHeader& header,
               DomainKind kind, double otherwise) {
  double sum = 0.0;
  double count = 0.0;
  for (const TelemetryRow& row : rows) {
    if (!row.telemetry.domains) continue;
    for (std::size_t d = 0; d < header.plant.domains.size(); ++d) {
      const std::optional<double>& hertz = (*row.telemetry.domains)[d].effective_hz;
      if (header.plant.domains[d].kind != kind || !hertz || *hertz <= 0.0) continue;
      sum += *hertz;
      count += 1.0;
    }
  }
  return count > 0.0 ? sum / count : otherwise;
}

double highest_hz(const Board& board, DomainKind kind) {
  for (const Domain& domain : board.domains) {
    if (domain.kind == kind) return domain.frequencies_hz.back();
  }
  return 1e9;
}

UnitPower unit_power(const UnitElectrical& unit, double highest) {
  UnitPower power;
  power.highest_hz = highest;
  power.full_watts = unit.farads * unit.maximum_volts * unit.maximum_volts * highest;
  power.lowest_voltage = unit.minimum_volts / unit.maximum_volts;
  power.knee = std::min(unit.knee_hz / highest, 0.95);
  power.idle_activity = unit.idle_activity;
  power.leakage_watts = unit.leakage_amperes * unit.maximum_volts;
  return power;
}

// A board that says nothing of its power: shares of what the log shows on average.
FittedPower guessed_power(const Board& board, double watts) {
  FittedPower power;
  power.base_watts = 0.4 * watts;
  power.cpu = {highest_hz(board, DomainKind::kCpu), 0.3 * watts, 0.65, 0.4, 0.1, 0.0};
  power.gpu = {highest_hz(board, DomainKind::kGpu), 1.0 * watts, 0.65, 0.4, 0.1, 0.1 * watts};
  power.emc = {highest_hz(board, DomainKind::kEmc), 0.2 * watts, 1.0, 0.0, 0.3, 0.0};
  return power;
}

FittedPower believed_power(const BoardConfig& board, double watts, int cpus_online) {
  FittedPower power = guessed_power(board.board, watts);
  if (board.electrical) {
    const Electrical& electrical = *board.electrical;
    power.base_watts = electrical.base_watts;
    power.cpu = unit_power(electrical.cpu, highest_hz(board.board, DomainKind::kCpu));
    power.cpu.idle_activity = std::min(0.5, power.cpu.idle_activity * cpus_online);
    power.cpu.leakage_watts *= cpus_online;
    power.gpu = unit_power(electrical.gpu, highest_hz(board.board, DomainKind::kGpu));
    power.emc = unit_power(electrical.emc, highest_hz(board.board, DomainKind::kEmc));
  }
  power.gpu_stalled = board.roofline.gpu_stalled;
  power.cpu_waiting = board.roofline.cpu_waiting;
  return power;
}

// All of the module's power on its rails: the replay compares nothing else.
std::vector<RailMix> module_rails(const BoardConfig& board) {
  if (board.electrical) return board.electrical->rails;
  std::vector<RailMix> rails(board.board.rails.size());
  rails.at(board.board.module_rails.front()) = {1.0, 1.0, 1.0, 1.0};
  return rails;
}

// The search: replays of the fitted part under parameters that are moved.
class TwinSearch {
 public:
  TwinSearch(const TelemetryLogHeader& header, std::span<const TelemetryRow> rows, SimConfig plant,
             const BoardConfig& board, const TwinConfig& config, const TwinProgress& progress)
      : header_(header),
        rows_(rows),
        plant_(std::move(plant)),
        config_(config),
        progress_(progress),
        logged_(logged_samples(header, rows)) {
    const StretchFigures all = figures_of(logged_);
    if (all.served < kFewestServed) throw DataError("too few requests to fit a twin to");
    const double rate = static_cast<double>(all.served) / all.seconds;
    const double window =
        std::max({kWindowSeconds, kWindowRequests / rate, all.seconds / kMostWindows});
    windows_ = cut_in_time(logged_, static_cast<std::size_t>(std::max(1.0, all.seconds / window)));
    const double watts = all.energy_joules.value_or(5.0 * all.seconds) / all.seconds;
    start_.power = believed_power(board, watts, plant_.mode.cpus_online);
    start_.rails = module_rails(board);
    start_.time.sharpness = board.roofline.sharpness;
    set_usage(all);
    believe_time(std::max(board.roofline.batch_overhead, 0.3));
    believe_power();
  }

  // From where the beliefs lie, and from where a batch hardly takes the CPU: a start at which the
  // server does not keep up leads nowhere.
  void run() {
    VectorXd believed(std::ssize(unknowns_));
    for (Index k = 0; k < believed.size(); ++k) {
      believed[k] = unknowns_[static_cast<std::size_t>(k)].mean;
    }
    VectorXd light = believed;
    for (const Index k : host_) light[k] -= kLighter;
    for (const DeferrableRule polling : {DeferrableRule::kAwake, DeferrableRule::kGpuBusy}) {
      for (const VectorXd& start : {believed, light}) search_from(start, polling);
    }
  }

  const FittedParameters& parameters() const { return parameters_; }
  const ServingTraits& traits() const { return best_traits_; }

 private:
  void set_usage(const StretchFigures& all) {
    usage_.cpu_hz = mean_hz(rows_, header_, DomainKind::kCpu, start_.power.cpu.highest_hz);
    usage_.gpu_hz = mean_hz(rows_, header_, DomainKind::kGpu, start_.power.gpu.highest_hz);
    usage_.emc_hz = mean_hz(rows_, header_, DomainKind::kEmc, start_.power.emc.highest_hz);
    const double batches = std::max(1.0, static_cast<double>(all.batches));
    usage_.batch = static_cast<double>(all.served) / batches;
    usage_.gpu_seconds = std::max(1e-4, all.gpu_busy.value_or(0.2) * all.seconds / batches);
    usage_.cpu_seconds = std::max(1e-4, all.cpu_busy * all.seconds / batches);
  }

  void add(std::function<void(FittedParameters&, double)> set, double mean, double spread) {
    unknowns_.push_back({std::move(set), mean, spread});
  }

  // Seconds per batch are shared out among the parts; a batch costs what so many requests more do.
  void believe_time(double overhead) {
    const double requests = usage_.batch + overhead;
    overhead_ = static_cast<Index>(unknowns_.size());
    add([](FittedParameters&, double) {}, std::log(overhead), 0.7);
    const auto add_part = [&](BatchCycles FittedTime::*part, double cycles, double spread) {
      add([part](FittedParameters& p, double x) { (p.time.*part).per_request = std::exp(x); },
          std::log(std::max(cycles / requests, 1.0)), spread);
    };
    const double gpu = usage_.gpu_seconds;
    add_part(&FittedTime::gpu, 0.6 * gpu * usage_.gpu_hz, 1.0);
    add_part(&FittedTime::memory, 0.2 * gpu * usage_.emc_hz, 1.5);
    add_part(&FittedTime::launch, 0.1 * gpu * usage_.cpu_hz, 1.5);
    for (Index k = 0; k < 4; ++k) host_.push_back(std::ssize(unknowns_) + k);
    add_part(&FittedTime::host, 0.1 * usage_.cpu_seconds * usage_.cpu_hz, 2.0);
    add_part(&FittedTime::prepare, 0.05 * usage_.cpu_seconds * usage_.cpu_hz, 2.0);
    add([](FittedParameters& p, double x) { p.time.input_seconds = std::exp(x); },
        std::log(0.05 * usage_.cpu_seconds / requests), 2.0);
    add([](FittedParameters& p, double x) { p.time.entry->overlapped.fixed = std::exp(x); },
        std::log(0.05 * usage_.cpu_seconds), 2.0);
    start_.time.entry.emplace();
    if (config_.measured) believe_sweep(*config_.measured);
  }

  // A sweep tells the accelerator's part.
  void believe_sweep(const FittedParameters& measured) {
    start_.time.sharpness = measured.time.sharpness;
    const BatchCycles* const parts[] = {&measured.time.gpu, &measured.time.memory,
                                        &measured.time.launch};
    for (std::size_t k = 0; k < 3; ++k) {
      Unknown& unknown = unknowns_[static_cast<std::size_t>(overhead_) + 1 + k];
      unknown.mean = std::log(std::max(parts[k]->per_request, 1.0));
      unknown.spread = 0.2;
    }
    const BatchCycles& gpu = measured.time.gpu;
    unknowns_[static_cast<std::size_t>(overhead_)].mean =
        std::log(std::max(gpu.fixed / gpu.per_request, 0.05));
    start_.power.gpu = measured.power.gpu;
    start_.power.gpu_stalled = measured.power.gpu_stalled;
  }

  void add_watts(double& (*place)(FittedParameters&), double spread) {
    const double value = std::max(place(start_), 1e-3);
    add([place](FittedParameters& p, double x) { place(p) = std::exp(x); }, std::log(value),
        spread);
  }

  void believe_power() {
    add_watts([](FittedParameters& p) -> double& { return p.power.base_watts; }, 0.5);
    add_watts([](FittedParameters& p) -> double& { return p.power.cpu.full_watts; }, 0.5);
    add_watts([](FittedParameters& p) -> double& { return p.power.gpu.full_watts; }, 0.5);
    add_watts([](FittedParameters& p) -> double& { return p.power.gpu.leakage_watts; }, 0.5);
    add_watts([](FittedParameters& p) -> double& { return p.power.emc.full_watts; }, 0.5);
    add([](FittedParameters& p, double x) { p.power.cpu_waiting = std::min(1.0, std::exp(x)); },
        std::log(std::max(0.05, start_.power.cpu_waiting)), 0.5);
  }

  FittedParameters parameters_of(const VectorXd& x) const {
    FittedParameters parameters = start_;
    for (Index k = 0; k < x.size(); ++k) {
      unknowns_[static_cast<std::size_t>(k)].set(parameters, x[k]);
    }
    const double overhead = std::exp(x[overhead_]);
    FittedTime& time = parameters.time;
    for (BatchCycles* const part : {&time.gpu, &time.memory, &time.launch, &time.host}) {
      part->fixed = overhead * part->per_request;
    }
    return parameters;
  }

  std::vector<LogSample> replay(const VectorXd& x, const ServingTraits& traits) const {
    SimConfig config = plant_;
    config.work = std::make_shared<FittedModel>(plant_.board, parameters_of(x));
    traits.apply_to(config);
    return replayed_samples(header_, rows_, config);
  }

  // Six of every window, four of the whole, one of every belief.
  Index residual_count() const { return 6 * std::ssize(windows_) + 4 + std::ssize(unknowns_); }

  void fill(const VectorXd& x, const ServingTraits& traits, VectorXd& residuals) {
    if (progress_ && !progress_(std::min(1.0, done_++ / planned_replays()))) {
      throw Interrupted("interrupted; nothing was written");
    }
    residuals.setZero(residual_count());
    const std::vector<LogSample> replayed = replay(x, traits);
    Index at = 0;
    const auto log_ratio = [](double a, double b, double least) {
      return std::log((a + least) / (b + least));
    };
    for (const std::span<const LogSample> window : windows_) {
      const auto first = static_cast<std::size_t>(window.data() - logged_.data());
      const ReplayComparison both =
          compare(window, std::span(replayed).subspan(first, window.size()));
      const StretchFigures& log = both.log;
      const StretchFigures& sim = both.replay;
      residuals[at++] = both.energy_error().value_or(0.0) / 0.03;
      residuals[at++] = log.gpu_busy ? (*sim.gpu_busy - *log.gpu_busy) / 0.03 : 0.0;
      residuals[at++] = (sim.cpu_busy - log.cpu_busy) / 0.05;
      residuals[at++] = log_ratio(sim.in_system, log.in_system, 0.01) / 0.1;
      residuals[at++] =
          log_ratio(static_cast<double>(sim.batches), static_cast<double>(log.batches), 1.0) / 0.2;
      residuals[at++] = both.gpu_hz_error().value_or(0.0) / 60e6;
    }
    const ReplayComparison all = compare(logged_, replayed);
    residuals[at++] = all.energy_error().value_or(0.0) / 0.003;
    residuals[at++] = all.gpu_hz_error().value_or(0.0) / 20e6;
    for (const double q : {0.5, 0.95}) {
      residuals[at++] =
          log_ratio(all.replay.latency_seconds(q), all.log.latency_seconds(q), kLeast) / 0.02;
    }
    for (std::size_t k = 0; k < unknowns_.size(); ++k) {
      const Unknown& unknown = unknowns_[k];
      residuals[at++] = (x[static_cast<Index>(k)] - unknown.mean) / unknown.spread;
    }
  }

  double planned_replays() const {
    return 8.0 * config_.iterations * (static_cast<double>(unknowns_.size()) + 2.0);
  }

  // Kept where the fitted part replays better than from any start before.
  void search_from(const VectorXd& start, DeferrableRule polling) {
    traits_ = {};
    traits_.gpu_polling = polling;
    start_.time.entry.emplace();
    choose_traits(start);
    const VectorXd first = minimise_from(start);
    choose_traits(first);
    const LeastSquaresResult found = minimise(problem(), first);
    if (found.cost >= least_) return;
    least_ = found.cost;
    parameters_ = parameters_of(found.parameters);
    best_traits_ = traits_;
  }

  LeastSquaresProblem problem() {
    LeastSquaresProblem problem;
    problem.residuals = [this](const VectorXd& x, VectorXd& residuals) {
      fill(x, traits_, residuals);
    };
    problem.robust_count = 6 * std::ssize(windows_);
    problem.max_iterations = config_.iterations;
    problem.step = kStep;
    return problem;
  }

  VectorXd minimise_from(const VectorXd& x) { return minimise(problem(), x).parameters; }

  // What no parameter can be: each is tried, and kept where the fitted part replays better.
  void choose_traits(const VectorXd& x) {
    const auto cost_of = [&](const ServingTraits& traits) {
      VectorXd residuals;
      fill(x, traits, residuals);
      return huber_cost(problem(), residuals);
    };
    double best = cost_of(traits_);
    const auto try_out = [&](const ServingTraits& traits) {
      const double cost = cost_of(traits);
      if (cost >= best) return;
      best = cost;
      traits_ = traits;
    };
    ServingTraits other = traits_;
    other.gpu_railgates = false;
    try_out(other);
    other = traits_;
    other.completion = Completion::kWholeGroup;
    try_out(other);
    for (const std::uint64_t piece : {1U, 2U, 4U}) {
      const std::optional<std::uint64_t> before = start_.time.entry->piece;
      start_.time.entry->piece = piece;
      const double cost = cost_of(traits_);
      if (cost < best) {
        best = cost;
      } else {
        start_.time.entry->piece = before;
      }
    }
  }

  const TelemetryLogHeader& header_;
  std::span<const TelemetryRow> rows_;
  SimConfig plant_;
  const TwinConfig& config_;
  const TwinProgress& progress_;
  std::vector<LogSample> logged_;
  std::vector<std::span<const LogSample>> windows_;
  Usage usage_;
  FittedParameters start_;
  std::vector<Unknown> unknowns_;
  Index overhead_ = 0;
  std::vector<Index> host_;  // unknowns of the CPU's part
  ServingTraits traits_;
  ServingTraits best_traits_;
  double least_ = std::numeric_limits<double>::infinity();
  FittedParameters parameters_;
  double done_ = 0.0;  // replays
};

}  // namespace

ReplayComparison Twin::fitted() const {
  return compare(std::span(logged).first(fitted_rows), std::span(replayed).first(fitted_rows));
}

ReplayComparison Twin::held_out() const {
  const std::size_t first = fitted_rows - 1;  // each part begins with a reading
  return compare(std::span(logged).subspan(first), std::span(replayed).subspan(first));
}

Twin fit_twin(const TelemetryLogHeader& header, std::span<const TelemetryRow> rows,
              const SimConfig& plant, const BoardConfig& board, const TwinConfig& config,
              const TwinProgress& progress) {
  const double begin = rows.front().telemetry.time_seconds;
  const double span = rows.back().telemetry.time_seconds - begin;
  if (span < kFewestSeconds) {
    throw DataError("the log is shorter than a minute: too short to hold a part of it out");
  }
  Twin twin;
  const double end = begin + (1.0 - config.held_out_share) * span;
  while (twin.fitted_rows < rows.size() && rows[twin.fitted_rows].telemetry.time_seconds <= end) {
    ++twin.fitted_rows;
  }
  TwinSearch search(header, rows.first(twin.fitted_rows), plant, board, config, progress);
  search.run();
  twin.parameters = search.parameters();
  twin.serving = search.traits();
  SimConfig whole = plant;
  whole.work = std::make_shared<FittedModel>(plant.board, twin.parameters);
  twin.serving.apply_to(whole);
  twin.logged = logged_samples(header, rows);
  twin.replayed = replayed_samples(header, rows, whole);
  return twin;
}

}  // namespace flyball
