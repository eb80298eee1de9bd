// What board and server do around the batches, where a workload's file says so. Values.
#pragma once

#include <array>

#include "env/config/fields.h"
#include "env/sim/sim_config.h"

namespace flyball {

constexpr auto words(DeferrableRule) {
  return std::array{Word{"awake", DeferrableRule::kAwake},
                    Word{"gpu_busy", DeferrableRule::kGpuBusy}};
}
constexpr auto words(Completion) {
  return std::array{Word{"each_request", Completion::kEachRequest},
                    Word{"whole_group", Completion::kWholeGroup}};
}

struct ServingTraits {
  bool gpu_railgates = true;
  DeferrableRule gpu_polling = DeferrableRule::kAwake;
  Completion completion = Completion::kEachRequest;

  void apply_to(SimConfig& config) const {
    if (!gpu_railgates) config.railgate_seconds.reset();
    config.deferrable = gpu_polling;
    config.completion = completion;
  }
};
template <typename Visitor, FieldsOf<ServingTraits> Config>
void visit(Visitor& field, Config& traits) {
  field({"gpu_railgates", "", {}, "an idle GPU is switched off, as the simulation has it"},
        traits.gpu_railgates);
  field({"gpu_polling",
         "",
         {},
         "when the GPU's governor looks: awake, while anything on the board is; gpu_busy, only at "
         "ticks at which the GPU is busy"},
        traits.gpu_polling);
  field({"completion",
         "",
         {},
         "a request of a group is answered when its batch is done, or when the group's last is"},
        traits.completion);
}

}  // namespace flyball
