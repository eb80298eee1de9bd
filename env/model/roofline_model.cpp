#include "env/model/roofline_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "env/config/check_fields.h"
#include "env/config/require.h"

namespace flyball {

namespace {

double seconds(const BatchCycles& cycles, std::size_t requests, double hertz) {
  const double total = cycles.fixed + cycles.per_request * static_cast<double>(requests);
  return total > 0.0 ? total / hertz : 0.0;
}

}  // namespace

double smooth_roofline(double gpu, double memory, double launch, double sharpness) {
  const double longest = std::max({gpu, memory, launch});
  // Relative to the longest, so that the powers neither overflow nor vanish.
  const double sum = std::pow(gpu / longest, sharpness) + std::pow(memory / longest, sharpness) +
                     std::pow(launch / longest, sharpness);
  return longest * std::pow(sum, 1.0 / sharpness);
}

RooflineParameters roofline_parameters(const RooflineTraits& traits, const RequestCosts& costs) {
  const auto cycles = [&](double per_request) {
    return BatchCycles{traits.batch_overhead * per_request, per_request};
  };
  RooflineParameters parameters;
  parameters.gpu = cycles(costs.gpu_cycles);
  parameters.memory = cycles(costs.memory_cycles);
  parameters.launch = cycles(costs.launch_cycles);
  parameters.host = cycles(costs.host_cycles);
  parameters.input_seconds = costs.input_seconds;
  parameters.input_fixed_seconds = traits.batch_overhead * costs.input_seconds;
  parameters.sharpness = traits.sharpness;
  parameters.gpu_intensity = costs.gpu_intensity;
  parameters.gpu_stalled = traits.gpu_stalled;
  parameters.cpu_waiting = traits.cpu_waiting;
  parameters.storage_block = traits.storage_block;
  return parameters;
}

void validate(const RooflineTraits& traits) { check_fields(traits, "roofline"); }

void validate(const RooflineParameters& parameters) {
  check_fields(parameters.gpu, "workload.gpu");
  check_fields(parameters.memory, "workload.memory");
  check_fields(parameters.launch, "workload.launch");
  check_fields(parameters.host, "workload.host");
  check_fields(parameters.prepare, "workload.prepare");
  RooflineTraits shared;
  shared.sharpness = parameters.sharpness;
  shared.gpu_stalled = parameters.gpu_stalled;
  shared.cpu_waiting = parameters.cpu_waiting;
  shared.storage_block = parameters.storage_block;
  check_fields(shared, "workload");
  require(parameters.gpu.per_request > 0.0, "workload.gpu.per_request", parameters.gpu.per_request,
          "> 0");
  require(parameters.input_seconds >= 0.0, "workload.input_seconds", parameters.input_seconds,
          ">= 0");
  require(parameters.input_fixed_seconds >= 0.0, "workload.input_fixed_seconds",
          parameters.input_fixed_seconds, ">= 0");
  require(parameters.gpu_intensity > 0.0 && parameters.gpu_intensity <= 1.0,
          "workload.gpu_intensity", parameters.gpu_intensity, "in (0, 1]");
}

RooflineModel::RooflineModel(const Board& board, Electrical electrical,
                             const RooflineParameters& parameters)
    : electrical_(std::move(electrical)), parameters_(parameters) {
  validate(electrical_, board);
  validate(parameters_);
  for (const Domain& domain : board.domains) {
    domains_.push_back({domain.kind, domain.frequencies_hz.back()});
  }
}

Preparation RooflineModel::preparation(std::size_t /*group*/, std::size_t piece,
                                       const OperatingPoint& point) const {
  return {seconds(parameters_.prepare, piece, point.cpu_hz * point.cpu_share), 0.0, 1.0};
}

BatchWork RooflineModel::batch_work(std::size_t requests, const OperatingPoint& point) const {
  const RooflineParameters& p = parameters_;
  const double cpu_hz = point.cpu_hz * point.cpu_share;
  const double gpu = seconds(p.gpu, requests, point.gpu_hz);
  const double memory = seconds(p.memory, requests, point.emc_hz);
  const double launch = seconds(p.launch, requests, cpu_hz);
  BatchWork work;
  work.accelerator_seconds = smooth_roofline(gpu, memory, launch, p.sharpness);
  const double host = seconds(p.host, requests, cpu_hz);
  const double input = p.input_fixed_seconds + p.input_seconds * static_cast<double>(requests);
  work.host_seconds = host + input;
  work.storage_seconds = input;
  work.storage_block = p.storage_block;
  work.host.cpu = input > 0.0 ? host / work.host_seconds : 1.0;
  work.host.iowait = 1.0 - work.host.cpu;
  const double computing = gpu / work.accelerator_seconds;
  work.accelerator.gpu = p.gpu_intensity * (p.gpu_stalled + (1.0 - p.gpu_stalled) * computing);
  work.accelerator.emc = memory / work.accelerator_seconds;
  const double launching = launch / work.accelerator_seconds;
  work.accelerator.cpu = launching + (1.0 - launching) * p.cpu_waiting;
  return work;
}

void RooflineModel::rail_watts(const BoardState& state, std::span<double> watts) const {
  const double leakage = 1.0 + electrical_.leakage_per_kelvin * (state.celsius - 25.0);
  RailMix drawn;
  drawn.base = electrical_.base_watts + state.fan_watts;
  for (std::size_t d = 0; d < domains_.size(); ++d) {
    const double hertz = state.effective_hz[d];
    const auto draw = [&](const UnitElectrical& unit, double activity) {
      return unit_watts(unit, hertz, volts(unit, hertz, domains_[d].highest_hz), activity, leakage);
    };
    switch (domains_[d].kind) {
      case DomainKind::kCpu:
        if (state.cpus_online[d] > 0) {
          const double cores = state.cpus_online[d];
          drawn.cpu += cores * draw(electrical_.cpu, state.activity[d] / cores);
        }
        break;
      case DomainKind::kGpu:
        if (state.gpu_powered) drawn.gpu += draw(electrical_.gpu, state.activity[d]);
        break;
      case DomainKind::kEmc: drawn.emc += draw(electrical_.emc, state.activity[d]); break;
    }
  }
  for (std::size_t r = 0; r < electrical_.rails.size(); ++r) {
    const RailMix& mix = electrical_.rails[r];
    watts[r] =
        mix.cpu * drawn.cpu + mix.gpu * drawn.gpu + mix.emc * drawn.emc + mix.base * drawn.base;
  }
}

}  // namespace flyball
