// What an application does besides serving batches of one workload: loading its model, tuning
// itself at the first use of a batch size, changing its workload; and what runs beside it. Values;
// validated with the SimConfig that holds them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "env/config/bounds.h"
#include "env/config/fields.h"
#include "env/model/work_model.h"

namespace flyball {

// Bringing a model up before anything is served: reading it, then the host alone, then the
// accelerator, each as fast as its clocks.
//
//   storage     = factor storage_seconds
//   host        = factor cpu_cycles / f_cpu
//   accelerator = factor (gpu_cycles / f_gpu + memory_cycles / f_memory)
struct LoadWork {
  double storage_seconds = 0.0;  // no clock moves them; the server's CPU waits for storage
  double cpu_cycles = 0.0;       // of the server's thread
  double gpu_cycles = 0.0;
  double memory_cycles = 0.0;
  double storage_cpu = 0.1;             // cores busy meanwhile
  Activity host{1.0, 0.0, 0.0};         // while the host part runs
  Activity accelerator{1.0, 0.5, 0.5};  // while the accelerator part runs
  std::optional<double> watts;  // of the whole module meanwhile, instead of what the clocks draw
  double factor = 1.0;          // a static graph is built longer than a dynamic one (1.25)
};
// Without the factor, which is the variants'.
template <typename Visitor, FieldsOf<LoadWork> Config>
void visit(Visitor& field, Config& load) {
  field({"storage_seconds", "s", at_least(0), "reading the model, first"}, load.storage_seconds);
  field({"storage_cpu", "cores", within(0, 1), "busy meanwhile, the rest is iowait"},
        load.storage_cpu);
  field({"cpu_cycles", "cycles", at_least(0), "then the host's part"}, load.cpu_cycles);
  field({"gpu_cycles", "cycles", at_least(0), "then the accelerator's"}, load.gpu_cycles);
  field({"memory_cycles", "cycles", at_least(0), "likewise, of the memory's clock"},
        load.memory_cycles);
  field({"host", "", {}, "while the host's part runs"}, load.host);
  field({"accelerator", "", {}, "while the accelerator's part runs"}, load.accelerator);
  field({"watts", "W", above(0),
         "of the whole module meanwhile; absent: what clocks and activity draw"},
        load.watts);
}

// Which batch sizes count as the same when the server asks whether it knows them.
enum class BatchBuckets : std::uint8_t {
  kExact,       // every size for itself
  kPowerOfTwo,  // rounded up to a power of two
  kListed,      // rounded up to the next of `sizes`; above the last one every size for itself
};
constexpr auto words(BatchBuckets) {
  return std::array{Word{"exact", BatchBuckets::kExact},
                    Word{"power_of_two", BatchBuckets::kPowerOfTwo},
                    Word{"listed", BatchBuckets::kListed}};
}

// The server tunes itself when a batch size is used for the first time: the batch is taken, and
// starts after `seconds`. Meanwhile the accelerator is busy.
struct FirstUse {
  double seconds = 4.0;
  double seconds_per_request = 0.0;  // on top, for each request of the bucket's size
  std::optional<double> watts;       // of the whole module; absent: what `activity` draws
  Activity activity{1.0, 1.0, 0.5};  // meanwhile
  BatchBuckets buckets = BatchBuckets::kExact;
  std::vector<std::size_t> sizes;  // ascending, for kListed
  std::vector<std::size_t> known;  // batch sizes whose buckets need no tuning

  // The size that stands for batches of `requests`.
  std::size_t bucket(std::size_t requests) const;
};
template <typename Visitor, FieldsOf<FirstUse> Config>
void visit(Visitor& field, Config& first_use) {
  field({"seconds", "s", at_least(0), "how long the server tunes itself when a batch size is new",
         Need::kRequired},
        first_use.seconds);
  field({"seconds_per_request", "s", at_least(0), "on top, for each request of the bucket's size"},
        first_use.seconds_per_request);
  field({"watts", "W", above(0), "of the whole module meanwhile; absent: what `activity` draws"},
        first_use.watts);
  field({"activity", "", {}, "meanwhile"}, first_use.activity);
  field({"buckets", "", {}, "which sizes are the same; listed: rounded up to one of `sizes`"},
        first_use.buckets);
  field({"sizes", "requests", batch_range(), "ascending, for buckets = \"listed\""},
        first_use.sizes);
  field({"known", "requests", batch_range(), "batch sizes that need no tuning"}, first_use.known);
}

// One stretch of a mix: over when it has lasted `seconds` or taken `requests` into service; with
// neither it stays.
struct WorkPhase {
  std::shared_ptr<const WorkModel> work;
  std::optional<double> seconds;
  std::optional<std::uint64_t> requests;
};

// A workload that changes over time, at batch boundaries: the server's next batch is of the phase
// that is current then, and holds no more requests than are left of it.
struct WorkMix {
  enum class End : std::uint8_t { kStay, kRepeat };  // after the last phase
  std::vector<WorkPhase> phases;                     // none: the workload never changes
  End end = End::kStay;
};

// Whether a minibatch of fine-tuning may start: not; between the batches of inference, by one
// server; or beside them, by a process of its own, with the accelerator's time shared. The values
// are those of the knob kFineTuningKnob.
enum class FineTuningRule : std::uint8_t { kForbidden = 0, kBetween = 1, kBeside = 2 };
constexpr auto words(FineTuningRule) {
  return std::array{Word{"forbidden", FineTuningRule::kForbidden},
                    Word{"between", FineTuningRule::kBetween},
                    Word{"beside", FineTuningRule::kBeside}};
}

// A second tenant of the accelerator: jobs of some minibatches each, one after the other. The work
// is done when all are. Between the batches of inference a minibatch is never broken off, and
// inference goes first at every boundary. Beside them the accelerator goes to and fro between both
// in slices of its time, as far as both want it (env/sim/co_tenant.h).
struct FineTuning {
  std::shared_ptr<const WorkModel> work;
  std::size_t minibatch = 8;      // samples
  double work_factor = 3.0;       // of an inference batch that large: forward and backward pass
  std::uint64_t minibatches = 0;  // of each job
  std::uint64_t jobs = 1;
  double from_seconds = 0.0;                       // when the first one comes
  double job_interval_seconds = 0.0;               // until the next one comes
  FineTuningRule rule = FineTuningRule::kBetween;  // while nobody turns the knob
  // Inference batches after which a minibatch has its turn though requests wait; absent: it runs
  // only while none waits.
  std::optional<std::uint64_t> inference_batches_between;
  double inference_share = 0.5;  // of the accelerator's time, while both want it
  double refill = 0.2;           // what both lose to each other's traffic in caches: co_tenant.h
};
template <typename Visitor, FieldsOf<FineTuning> Config>
void visit(Visitor& field, Config& tuning) {
  field({"minibatches", "", requests_range(),
         "of each job; all are to be done before the run counts as finished", Need::kRequired},
        tuning.minibatches);
  field({"jobs", "", within(1, 10'000), "that come one after the other"}, tuning.jobs);
  field({"minibatch", "samples", batch_range(), "in a minibatch"}, tuning.minibatch);
  field({"work_factor", "", above(0),
         "duration of a minibatch over that of an inference batch as large: forward and backward"},
        tuning.work_factor);
  field({"from_seconds", "s", at_least(0), "when it starts"}, tuning.from_seconds);
  field({"job_interval_seconds", "s", at_least(0), "from the coming of a job to that of the next"},
        tuning.job_interval_seconds);
  field({"rule", "", {}, "how minibatches run while nobody turns the knob \"fine_tuning\""},
        tuning.rule);
  field({"inference_share", "", within(0.05, 0.95),
         "of the accelerator's time, while a batch and a minibatch beside it both want it"},
        tuning.inference_share);
  field(
      {"refill", "", within(0, 10),
       "what each of them then loses to the other's traffic in the caches: times both their shares "
       "of the memory's bandwidth"},
      tuning.refill);
  field(
      {"inference_batches_between", "batches", requests_range(),
       "after which a minibatch has its turn though requests wait; absent: only while none waits"},
      tuning.inference_batches_between);
}

// Another process: wants `share` of each of `cpus` for on_seconds, then nothing for off_seconds,
// and again. Without on_seconds it never stops, without off_seconds it runs once.
struct CpuProcess {
  std::vector<std::size_t> cpus;
  double share = 1.0;
  double from_seconds = 0.0;
  std::optional<double> on_seconds;
  std::optional<double> off_seconds;
};
template <typename Visitor, FieldsOf<CpuProcess> Config>
void visit(Visitor& field, Config& process) {
  field({"cpus",
         "",
         {},
         "that it uses; on the server's, CPU 0, they share the time",
         Need::kRequired},
        process.cpus);
  field({"share", "", above_up_to(0, 1), "of each that it wants"}, process.share);
  field({"from_seconds", "s", at_least(0), "when it starts"}, process.from_seconds);
  field({"on_seconds", "s", period_range(), "how long it runs; absent: for good"},
        process.on_seconds);
  field({"off_seconds", "s", period_range(), "how long it then pauses; absent: it runs once"},
        process.off_seconds);
}

// All throw std::invalid_argument naming the key at fault ("load.cpu_cycles").
void validate(const LoadWork& load);
void validate(const FirstUse& first_use);
void validate(const WorkMix& mix);
void validate(const FineTuning& fine_tuning);
void validate(const CpuProcess& process, std::size_t index, std::size_t cpus_online);

}  // namespace flyball
