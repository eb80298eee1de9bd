// The analytic work model: a smooth roofline of GPU, memory and launching CPU. Constant.
//
//   accelerator = (t_gpu^p + t_memory^p + t_launch^p)^(1/p),  each t = (fixed + n per_request) / f
//   host        = (fixed + n per_request cycles) / f_cpu + (fixed + n per_request) input seconds
#pragma once

#include <string>
#include <vector>

#include "env/board.h"
#include "env/config/fields.h"
#include "env/model/electrical.h"
#include "env/model/work_model.h"

namespace flyball {

// Cycles of a clock that a batch of n needs: fixed + n per_request.
struct BatchCycles {
  double fixed = 0.0;
  double per_request = 0.0;
};
template <typename Visitor, FieldsOf<BatchCycles> Config>
void visit(Visitor& field, Config& cycles) {
  field({"fixed", "cycles", at_least(0), "per batch"}, cycles.fixed);
  field({"per_request", "cycles", at_least(0), "per request"}, cycles.per_request);
}

// One workload on one board.
struct RooflineParameters {
  BatchCycles gpu;             // GPU cycles
  BatchCycles memory;          // memory clock cycles
  BatchCycles launch;          // CPU cycles that run beside the accelerator (kernel launches)
  BatchCycles host;            // CPU cycles that hold the server before the accelerator starts
  BatchCycles prepare;         // CPU cycles of the preparing thread, beside the server
  double input_seconds = 0.0;  // per request, holds the server waiting for storage
  double input_fixed_seconds = 0.0;  // the same, per batch
  std::size_t storage_block = 1;     // requests that storage delivers at once
  double sharpness = 4.0;            // p: the larger, the sharper the roofline's corner
  double gpu_intensity = 1.0;  // share of the GPU's capacitance that switches when compute-bound
  double gpu_stalled = 0.3;    // of that, what switches while waiting for memory or launches
  double cpu_waiting = 1.0;    // cores that wait busily during the accelerator part
};

// What all workloads on one board and its software share.
struct RooflineTraits {
  double batch_overhead = 0.0;  // what every batch costs beside its requests, counted in requests
  double sharpness = 4.0;       // the rest: as in RooflineParameters
  double gpu_stalled = 0.3;
  double cpu_waiting = 1.0;
  std::size_t storage_block = 1;
};
template <typename Visitor, FieldsOf<RooflineTraits> Config>
void visit(Visitor& field, Config& traits) {
  field({"batch_overhead", "requests", at_least(0),
         "what every batch costs beside its requests; for workloads given by six numbers"},
        traits.batch_overhead);
  field({"sharpness", "", within(1, 100), "the larger, the sharper the roofline's corner"},
        traits.sharpness);
  field({"gpu_stalled", "", within(0, 1),
         "share of the GPU's activity while it waits for memory or launches"},
        traits.gpu_stalled);
  field({"cpu_waiting", "cores", within(0, 1), "that wait busily while the accelerator works"},
        traits.cpu_waiting);
  field({"storage_block", "requests", within(1, 1e6),
         "what storage delivers at once, and is waited for once"},
        traits.storage_block);
}

// What one request of a workload costs on one board: all that is fitted per workload, six numbers.
struct RequestCosts {
  double gpu_cycles = 0.0;
  double memory_cycles = 0.0;
  double launch_cycles = 0.0;
  double host_cycles = 0.0;
  double input_seconds = 0.0;
  double gpu_intensity = 1.0;
};

// The smooth roofline's corner: (gpu^p + memory^p + launch^p)^(1/p) seconds. Requires: one above 0.
double smooth_roofline(double gpu, double memory, double launch, double sharpness);

// Every part of a batch of n takes n + batch_overhead times what a request takes.
RooflineParameters roofline_parameters(const RooflineTraits& traits, const RequestCosts& costs);

// Each throws std::invalid_argument naming the key at fault ("workload.gpu.per_request",
// "roofline.sharpness").
void validate(const RooflineParameters& parameters);
void validate(const RooflineTraits& traits);

class RooflineModel final : public WorkModel {
 public:
  // Throws std::invalid_argument when board, electrical and parameters do not fit together.
  RooflineModel(const Board& board, Electrical electrical, const RooflineParameters& parameters);

  std::optional<std::size_t> piece_limit() const override { return std::nullopt; }
  Preparation preparation(std::size_t group, std::size_t piece,
                          const OperatingPoint& point) const override;
  BatchWork batch_work(std::size_t requests, const OperatingPoint& point) const override;
  void rail_watts(const BoardState& state, std::span<double> watts) const override;

 private:
  struct UnitDomain {
    DomainKind kind;
    double highest_hz;
  };

  Electrical electrical_;
  RooflineParameters parameters_;
  std::vector<UnitDomain> domains_;
};

}  // namespace flyball
