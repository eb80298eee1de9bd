#include "env/fitting/formula_fit.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "env/fitting/levenberg_marquardt.h"
#include "env/statistics.h"

namespace flyball {

namespace {

using Eigen::Index;
using Eigen::VectorXd;

constexpr double kLogDeviation = 0.02;  // of a row from the formulas; beyond 3 of it it weighs less
constexpr std::size_t kMostRows = 400;
constexpr double kHighestKnee = 0.95;  // share of the highest frequency
constexpr double kHighestSharpness = 99.0;

enum class Part : std::uint8_t { kCpu, kGpu, kMemory, kOther };

// One unknown: how it enters the parameters, and what is believed of it (normal).
struct Unknown {
  std::function<void(FittedParameters&, double)> set;
  double mean = 0.0;
  double spread = 1.0;
  Part part = Part::kOther;
};

double logistic(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// The middle of the measurements: parameters are found relative to it.
struct Scale {
  OperatingPoint point;
  double requests = 1.0;
  double seconds = 0.0;
  double watts = 0.0;

  explicit Scale(std::span<const Measurement> rows) {
    const auto middle = [&](auto value) {
      std::vector<double> values;
      for (const Measurement& row : rows) values.push_back(value(row));
      return upper_median(std::move(values));
    };
    point.cpu_hz = middle([](const Measurement& row) { return row.point.cpu_hz; });
    point.gpu_hz = middle([](const Measurement& row) { return row.point.gpu_hz; });
    point.emc_hz = middle([](const Measurement& row) { return row.point.emc_hz; });
    requests = middle([](const Measurement& row) { return row.batch(); });
    seconds = middle([](const Measurement& row) { return row.seconds; });
    watts = middle([](const Measurement& row) { return row.watts; });
  }
};

bool varies(const Measurements& set, FitKnob knob) {
  return std::find(set.varied.begin(), set.varied.end(), knob) != set.varied.end();
}

class Unknowns {
 public:
  Unknowns(const Measurements& set, const Scale& scale) : set_(set), scale_(scale) {}

  // Beliefs are logarithms of shares of the median batch's time.
  std::vector<Unknown> time() {
    const bool has_cpu = varies(set_, FitKnob::kCpu);
    add_cycles(&FittedTime::gpu, scale_.point.gpu_hz, -1.0, Part::kGpu);
    // At a memory clock that never moved this is a floor that no clock lowers.
    add_cycles(&FittedTime::memory, scale_.point.emc_hz, -1.0, Part::kMemory);
    if (has_cpu) add_cycles(&FittedTime::launch, scale_.point.cpu_hz, -1.5, Part::kCpu);
    if (set_.load == LoadKind::kClients) {
      add_fixed(&FittedTime::prepare, scale_.point.cpu_hz, -2.0, Part::kOther);
    } else if (has_cpu) {
      add_cycles(&FittedTime::host, scale_.point.cpu_hz, -2.0, Part::kCpu);
    }
    const double input = scale_.seconds / scale_.requests;
    add([input](FittedParameters& p, double x) { p.time.input_seconds = input * std::exp(x); },
        -3.0, 2.0, Part::kOther);
    add([](FittedParameters& p,
           double x) { p.time.sharpness = 1.0 + std::min(std::exp(x), kHighestSharpness); },
        1.0, 0.7, Part::kOther);
    return std::move(unknowns_);
  }

  // Beliefs are logarithms of shares of the median power, and logits.
  std::vector<Unknown> power() {
    const double watts = scale_.watts;
    add([watts](FittedParameters& p, double x) { p.power.base_watts = watts * std::exp(x); }, -1.5,
        1.5, Part::kOther);
    if (varies(set_, FitKnob::kCpu)) {
      add_unit(&FittedPower::cpu, -2.0, 0.6, Part::kCpu);
      add([](FittedParameters& p, double x) { p.power.cpu_waiting = logistic(x); }, 1.0, 1.0,
          Part::kOther);
    }
    if (varies(set_, FitKnob::kGpu)) {
      add_unit(&FittedPower::gpu, -1.0, 0.4, Part::kGpu);
    } else {
      add_full(&FittedPower::gpu, -1.0, Part::kGpu);
    }
    add([](FittedParameters& p, double x) { p.power.gpu_stalled = logistic(x); }, -0.5, 1.0,
        Part::kOther);
    add_full(&FittedPower::emc, -1.5, Part::kMemory);
    if (varies(set_, FitKnob::kEmc)) add_idle(&FittedPower::emc, -0.5);
    return std::move(unknowns_);
  }

 private:
  void add(std::function<void(FittedParameters&, double)> set, double mean, double spread,
           Part part) {
    unknowns_.push_back({std::move(set), mean, spread, part});
  }

  void add_cycles(BatchCycles FittedTime::*cycles, double hertz, double mean, Part part) {
    const double unit = scale_.seconds * hertz / scale_.requests;
    add([=](FittedParameters& p, double x) { (p.time.*cycles).per_request = unit * std::exp(x); },
        mean, 2.0, part);
    if (varies(set_, FitKnob::kBatch)) add_fixed(cycles, hertz, mean - 1.0, part);
  }

  void add_fixed(BatchCycles FittedTime::*cycles, double hertz, double mean, Part part) {
    const double unit = scale_.seconds * hertz;
    add([=](FittedParameters& p, double x) { (p.time.*cycles).fixed = unit * std::exp(x); }, mean,
        2.0, part);
  }

  void add_full(UnitPower FittedPower::*unit, double mean, Part part) {
    const double watts = scale_.watts;
    add([=](FittedParameters& p, double x) { (p.power.*unit).full_watts = watts * std::exp(x); },
        mean, 1.5, part);
  }

  void add_idle(UnitPower FittedPower::*unit, double mean) {
    add([=](FittedParameters& p, double x) { (p.power.*unit).idle_activity = logistic(x); }, mean,
        1.0, Part::kOther);
  }

  void add_unit(UnitPower FittedPower::*unit, double mean, double lowest, Part part) {
    const double watts = scale_.watts;
    add_full(unit, mean, part);
    add([=](FittedParameters& p, double x) { (p.power.*unit).lowest_voltage = logistic(x); },
        lowest, 0.7, Part::kOther);
    add([=](FittedParameters& p, double x) { (p.power.*unit).knee = kHighestKnee * logistic(x); },
        -0.8, 1.0, Part::kOther);
    add_idle(unit, -2.0);
    add([=](FittedParameters& p, double x) { (p.power.*unit).leakage_watts = watts * std::exp(x); },
        -3.0, 1.5, Part::kOther);
  }

  const Measurements& set_;
  const Scale& scale_;
  std::vector<Unknown> unknowns_;
};

VectorXd means(const std::vector<Unknown>& unknowns) {
  VectorXd result(static_cast<Index>(unknowns.size()));
  for (std::size_t k = 0; k < unknowns.size(); ++k) {
    result[static_cast<Index>(k)] = unknowns[k].mean;
  }
  return result;
}

// What is believed, and the same with one part large and the others small.
std::vector<VectorXd> starts(const std::vector<Unknown>& unknowns) {
  std::vector<VectorXd> result = {means(unknowns)};
  for (const Part favoured : {Part::kCpu, Part::kGpu, Part::kMemory}) {
    VectorXd start = result.front();
    for (std::size_t k = 0; k < unknowns.size(); ++k) {
      if (unknowns[k].part == Part::kOther) continue;
      start[static_cast<Index>(k)] += unknowns[k].part == favoured ? 1.0 : -1.0;
    }
    result.push_back(std::move(start));
  }
  return result;
}

void set_all(const std::vector<Unknown>& unknowns, const VectorXd& values,
             FittedParameters& parameters) {
  for (std::size_t k = 0; k < unknowns.size(); ++k) {
    unknowns[k].set(parameters, values[static_cast<Index>(k)]);
  }
}

using LogError = std::function<double(const FittedParameters&, const Measurement&)>;

VectorXd fit_unknowns(const std::vector<Unknown>& unknowns, std::span<const Measurement> rows,
                      const LogError& log_error, const std::vector<VectorXd>& from,
                      FittedParameters& parameters) {
  const auto count = static_cast<Index>(rows.size());
  LeastSquaresProblem problem;
  problem.robust_count = count;
  problem.residuals = [&](const VectorXd& values, VectorXd& residuals) {
    residuals.resize(count + values.size());
    FittedParameters tried = parameters;
    set_all(unknowns, values, tried);
    for (Index i = 0; i < count; ++i) {
      residuals[i] = log_error(tried, rows[static_cast<std::size_t>(i)]) / kLogDeviation;
    }
    for (Index k = 0; k < values.size(); ++k) {
      const Unknown& unknown = unknowns[static_cast<std::size_t>(k)];
      residuals[count + k] = (values[k] - unknown.mean) / unknown.spread;
    }
  };
  std::optional<LeastSquaresResult> best;
  for (const VectorXd& start : from) {
    const LeastSquaresResult found = minimise(problem, start);
    if (!best || found.cost < best->cost) best = found;
  }
  set_all(unknowns, best->parameters, parameters);
  return best->parameters;
}

FittedParameters first_parameters(const Measurements& set, const Scale& scale) {
  FittedParameters parameters;
  for (const FitKnob knob : set.held) {
    if (knob == FitKnob::kCpu) parameters.held_cpu_hz = scale.point.cpu_hz;
    if (knob == FitKnob::kGpu) parameters.held_gpu_hz = scale.point.gpu_hz;
    if (knob == FitKnob::kEmc) parameters.held_emc_hz = scale.point.emc_hz;
  }
  parameters.power.cpu.highest_hz = set.highest.cpu_hz;
  parameters.power.gpu.highest_hz = set.highest.gpu_hz;
  parameters.power.emc.highest_hz = set.highest.emc_hz;
  return parameters;
}

}  // namespace

RowPrediction formula(const FittedParameters& parameters, LoadKind load, const Measurement& row) {
  BatchWork work = fitted_work(parameters, row.batch(), row.point);
  // Among several clients the next requests are prepared while the accelerator works.
  if (load == LoadKind::kClients && row.requests < 1.0) {
    work.host_seconds += parameters.time.prepare.fixed / row.point.cpu_hz;
  }
  const auto watts = [&](const Activity& activity) {
    return fitted_watts(parameters, activity, row.point, GpuSupply::kPowered).sum();
  };
  RowPrediction prediction;
  prediction.seconds = work.host_seconds + work.accelerator_seconds;
  const double share = work.host_seconds / prediction.seconds;
  prediction.watts = share * watts(work.host) + (1.0 - share) * watts(work.accelerator);
  return prediction;
}

FormulaFit fit_formulas(const Measurements& set, std::span<const Measurement> all,
                        const std::optional<FormulaStart>& near) {
  std::vector<Measurement> rows(all.begin(), all.end());
  if (rows.size() > kMostRows) {
    std::mt19937_64 random(0);
    std::shuffle(rows.begin(), rows.end(), random);
    rows.resize(kMostRows);
  }
  const Scale scale(rows);
  FormulaFit fit;
  fit.parameters = first_parameters(set, scale);
  const std::vector<Unknown> time = Unknowns(set, scale).time();
  const auto time_error = [&](const FittedParameters& p, const Measurement& row) {
    return std::log(formula(p, set.load, row).seconds / row.seconds);
  };
  fit.found.time = fit_unknowns(time, rows, time_error,
                                near ? std::vector{near->time} : starts(time), fit.parameters);
  const std::vector<Unknown> power = Unknowns(set, scale).power();
  const auto power_error = [&](const FittedParameters& p, const Measurement& row) {
    return std::log(formula(p, set.load, row).watts / row.watts);
  };
  fit.found.power = fit_unknowns(power, rows, power_error,
                                 near ? std::vector{near->power} : starts(power), fit.parameters);
  return fit;
}

}  // namespace flyball
