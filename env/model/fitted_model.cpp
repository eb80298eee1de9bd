#include "env/model/fitted_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string>

#include "env/config/check_fields.h"

namespace flyball {

namespace {

constexpr std::size_t kMaxBatchLevels = 8;  // of the table; between them it is interpolated

double seconds(const BatchCycles& cycles, double requests, double hertz) {
  const double total = cycles.fixed + cycles.per_request * requests;
  return total > 0.0 ? total / hertz : 0.0;
}

double unit_watts(const UnitPower& unit, double hertz, double activity) {
  const double share = hertz / unit.highest_hz;
  const double above = std::clamp((share - unit.knee) / (1.0 - unit.knee), 0.0, 1.0);
  const double voltage = unit.lowest_voltage + (1.0 - unit.lowest_voltage) * above;
  const double switching = unit.idle_activity + (1.0 - unit.idle_activity) * activity;
  return unit.full_watts * voltage * voltage * share * switching + unit.leakage_watts * voltage;
}

const std::vector<double>& frequencies(const Board& board, DomainKind kind) {
  for (const Domain& domain : board.domains) {
    if (domain.kind == kind) return domain.frequencies_hz;
  }
  throw std::invalid_argument(fmt::format("{} has no {}", board.id, to_string(kind)));
}

// The batches that were measured, thinned out evenly in their logarithm.
std::vector<double> batch_levels(const Residual& residual, std::size_t knob) {
  std::set<double> measured;
  for (const std::vector<double>& input : residual.inputs) measured.insert(input[knob]);
  if (measured.size() <= kMaxBatchLevels) return {measured.begin(), measured.end()};
  const double low = std::log(*measured.begin());
  const double step = (std::log(*measured.rbegin()) - low) / (kMaxBatchLevels - 1);
  std::vector<double> levels;
  for (std::size_t i = 0; i < kMaxBatchLevels; ++i) {
    levels.push_back(std::exp(low + step * static_cast<double>(i)));
  }
  return levels;
}

}  // namespace

void validate(const FittedParameters& parameters, const Board& board) {
  check_fields(parameters, "workload");
  if (!(parameters.time.gpu.per_request > 0.0)) {
    throw std::invalid_argument("workload.gpu.per_request = 0: must be > 0");
  }
  validate(parameters.residual);
  if (parameters.rails.size() != board.rails.size() || board.rails.size() > kMaxRails) {
    throw std::invalid_argument(fmt::format("workload.rails: {} entries, {} has {} rails",
                                            parameters.rails.size(), board.id, board.rails.size()));
  }
}

BatchWork fitted_work(const FittedParameters& parameters, double requests,
                      const OperatingPoint& point) {
  const FittedTime& t = parameters.time;
  const double gpu = seconds(t.gpu, requests, point.gpu_hz);
  const double memory = seconds(t.memory, requests, point.emc_hz);
  const double cpu_hz = point.cpu_hz * point.cpu_share;
  const double launch = seconds(t.launch, requests, cpu_hz);
  BatchWork work;
  work.accelerator_seconds = smooth_roofline(gpu, memory, launch, t.sharpness);
  const double host = seconds(t.host, requests, cpu_hz);
  const double input = t.input_seconds * requests;
  work.host_seconds = host + input;
  work.storage_seconds = input;
  work.host.cpu = input > 0.0 ? host / work.host_seconds : 1.0;
  work.host.iowait = 1.0 - work.host.cpu;
  const FittedPower& power = parameters.power;
  const double computing = gpu / work.accelerator_seconds;
  work.accelerator.gpu = power.gpu_stalled + (1.0 - power.gpu_stalled) * computing;
  work.accelerator.emc = memory / work.accelerator_seconds;
  const double launching = launch / work.accelerator_seconds;
  work.accelerator.cpu = launching + (1.0 - launching) * power.cpu_waiting;
  return work;
}

ComponentWatts fitted_watts(const FittedParameters& parameters, const Activity& activity,
                            const OperatingPoint& point, GpuSupply supply) {
  const FittedPower& power = parameters.power;
  ComponentWatts watts;
  watts.base = power.base_watts;
  watts.cpu = unit_watts(power.cpu, point.cpu_hz, activity.cpu);
  if (supply == GpuSupply::kPowered) {
    watts.gpu = unit_watts(power.gpu, point.gpu_hz, activity.gpu);
  }
  watts.emc = unit_watts(power.emc, point.emc_hz, activity.emc);
  return watts;
}

FittedModel::FittedModel(const Board& board, FittedParameters parameters)
    : parameters_(std::move(parameters)) {
  validate(parameters_, board);
  for (const Domain& domain : board.domains) domains_.push_back(domain.kind);
  tabulate(board);
}

void FittedModel::tabulate(const Board& board) {
  const Residual& residual = parameters_.residual;
  for (std::vector<double>& axis : axes_) axis = {1.0};
  for (std::size_t k = 0; k < residual.knobs.size(); ++k) {
    std::vector<double>& axis = axes_[static_cast<std::size_t>(residual.knobs[k])];
    switch (residual.knobs[k]) {
      case FitKnob::kCpu: axis = frequencies(board, DomainKind::kCpu); break;
      case FitKnob::kGpu: axis = frequencies(board, DomainKind::kGpu); break;
      case FitKnob::kEmc: axis = frequencies(board, DomainKind::kEmc); break;
      case FitKnob::kBatch: axis = batch_levels(residual, k); break;
    }
  }
  table_.clear();
  std::vector<double> x(residual.knobs.size());
  const auto add = [&](const std::array<double, 4>& values) {
    for (std::size_t k = 0; k < x.size(); ++k) {
      x[k] = values[static_cast<std::size_t>(residual.knobs[k])];
    }
    const double time = correction(residual, residual.time, x);
    const double energy = correction(residual, residual.energy, x);
    table_.push_back({std::exp(time), std::exp(energy - time)});
  };
  for (const double cpu : axes_[0]) {
    for (const double gpu : axes_[1]) {
      for (const double emc : axes_[2]) {
        for (const double batch : axes_[3]) add({cpu, gpu, emc, batch});
      }
    }
  }
}

FittedModel::Factors FittedModel::factors(double requests, const OperatingPoint& point) const {
  if (parameters_.residual.knobs.empty()) return {};
  const std::size_t cpu = level_nearest(axes_[0], point.cpu_hz);
  const std::size_t gpu = level_nearest(axes_[1], point.gpu_hz);
  const std::size_t emc = level_nearest(axes_[2], point.emc_hz);
  const std::vector<double>& batches = axes_[3];
  const std::size_t row = ((cpu * axes_[1].size() + gpu) * axes_[2].size() + emc) * batches.size();
  const double n = std::clamp(requests, batches.front(), batches.back());
  const std::size_t low = level_at_most(batches, n);
  const Factors& below = table_[row + low];
  if (low + 1 == batches.size()) return below;
  const Factors& above = table_[row + low + 1];
  const double share = std::log(n / batches[low]) / std::log(batches[low + 1] / batches[low]);
  return {below.seconds + share * (above.seconds - below.seconds),
          below.watts + share * (above.watts - below.watts)};
}

OperatingPoint FittedModel::held(OperatingPoint point) const {
  point.cpu_hz = parameters_.held_cpu_hz.value_or(point.cpu_hz);
  point.gpu_hz = parameters_.held_gpu_hz.value_or(point.gpu_hz);
  point.emc_hz = parameters_.held_emc_hz.value_or(point.emc_hz);
  return point;
}

// The CPU that counts is the busiest.
OperatingPoint FittedModel::point_of(const BoardState& state) const {
  OperatingPoint point;
  double busiest = -1.0;
  for (std::size_t d = 0; d < domains_.size(); ++d) {
    const double hertz = state.effective_hz[d];
    switch (domains_[d]) {
      case DomainKind::kCpu:
        if (state.activity[d] > busiest) {
          busiest = state.activity[d];
          point.cpu_hz = hertz;
        }
        break;
      case DomainKind::kGpu: point.gpu_hz = hertz; break;
      case DomainKind::kEmc: point.emc_hz = hertz; break;
    }
  }
  return held(point);
}

std::optional<std::size_t> FittedModel::piece_limit() const {
  return parameters_.time.entry ? parameters_.time.entry->piece : std::nullopt;
}

Preparation FittedModel::preparation(std::size_t group, std::size_t piece,
                                     const OperatingPoint& point) const {
  const double cpu_hz = held(point).cpu_hz * point.cpu_share;
  const std::optional<GroupEntry>& entry = parameters_.time.entry;
  return {seconds(parameters_.time.prepare, static_cast<double>(piece), cpu_hz),
          entry ? entry->overlapped(static_cast<double>(group)) : 0.0, 1.0};
}

BatchWork FittedModel::batch_work(std::size_t requests, const OperatingPoint& point) const {
  const auto n = static_cast<double>(requests);
  BatchWork work = fitted_work(parameters_, n, held(point));
  const double factor = factors(n, held(point)).seconds;
  work.host_seconds *= factor;
  work.accelerator_seconds *= factor;
  return work;
}

void FittedModel::rail_watts(const BoardState& state, std::span<double> watts) const {
  const OperatingPoint point = point_of(state);
  Activity activity;
  for (std::size_t d = 0; d < domains_.size(); ++d) {
    switch (domains_[d]) {
      case DomainKind::kCpu: activity.cpu += state.activity[d]; break;
      case DomainKind::kGpu: activity.gpu = state.activity[d]; break;
      case DomainKind::kEmc: activity.emc = state.activity[d]; break;
    }
  }
  const ComponentWatts drawn =
      fitted_watts(parameters_, activity, point,
                   state.gpu_powered ? GpuSupply::kPowered : GpuSupply::kRailgated);
  // Only batches were measured; between them the formulas stand alone.
  const double factor =
      state.batch > 0 ? factors(static_cast<double>(state.batch), point).watts : 1.0;
  for (std::size_t r = 0; r < parameters_.rails.size(); ++r) {
    const RailMix& mix = parameters_.rails[r];
    watts[r] = mix.base * state.fan_watts + factor * (mix.base * drawn.base + mix.cpu * drawn.cpu +
                                                      mix.gpu * drawn.gpu + mix.emc * drawn.emc);
  }
}

}  // namespace flyball
