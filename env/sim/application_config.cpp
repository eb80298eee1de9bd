#include "env/sim/application_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>
#include <string>

namespace flyball {

namespace {

void require(bool holds, const std::string& key, double value, const char* range) {
  if (!holds || !std::isfinite(value)) {
    throw std::invalid_argument(fmt::format("{} = {}: must be {}", key, value, range));
  }
}

void require_at_least_zero(double value, const std::string& key) {
  require(value >= 0.0, key, value, ">= 0");
}

void validate(const Activity& activity, const std::string& key) {
  for (const auto& [name, share] :
       {std::pair{".cpu", activity.cpu}, {".gpu", activity.gpu}, {".emc", activity.emc}}) {
    require(share >= 0.0 && share <= 1.0, key + name, share, "in [0, 1]");
  }
}

void require_ascending(const std::vector<std::size_t>& sizes, const std::string& key) {
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    require(sizes[i] >= 1 && (i == 0 || sizes[i] > sizes[i - 1]), fmt::format("{}[{}]", key, i),
            static_cast<double>(sizes[i]), ">= 1 and above the entry before it");
  }
}

}  // namespace

std::size_t FirstUse::bucket(std::size_t requests) const {
  switch (buckets) {
    case BatchBuckets::kExact: break;
    case BatchBuckets::kPowerOfTwo: return std::bit_ceil(requests);
    case BatchBuckets::kListed: {
      const auto size = std::lower_bound(sizes.begin(), sizes.end(), requests);
      return size == sizes.end() ? requests : *size;
    }
  }
  return requests;
}

void validate(const LoadWork& load) {
  require_at_least_zero(load.storage_seconds, "load.storage_seconds");
  require(load.storage_cpu >= 0.0 && load.storage_cpu <= 1.0, "load.storage_cpu", load.storage_cpu,
          "in [0, 1]");
  require_at_least_zero(load.cpu_cycles, "load.cpu_cycles");
  require_at_least_zero(load.gpu_cycles, "load.gpu_cycles");
  require_at_least_zero(load.memory_cycles, "load.memory_cycles");
  validate(load.host, "load.host");
  validate(load.accelerator, "load.accelerator");
  if (load.watts) require(*load.watts > 0.0, "load.watts", *load.watts, "> 0");
  require(load.factor > 0.0, "load.factor", load.factor, "> 0");
}

void validate(const FirstUse& first_use) {
  require_at_least_zero(first_use.seconds, "first_use.seconds");
  require_at_least_zero(first_use.seconds_per_request, "first_use.seconds_per_request");
  if (first_use.watts) require(*first_use.watts > 0.0, "first_use.watts", *first_use.watts, "> 0");
  validate(first_use.activity, "first_use.activity");
  require_ascending(first_use.sizes, "first_use.sizes");
  if (first_use.buckets == BatchBuckets::kListed && first_use.sizes.empty()) {
    throw std::invalid_argument("first_use.sizes: at least one size is needed");
  }
  for (std::size_t i = 0; i < first_use.known.size(); ++i) {
    require(first_use.known[i] >= 1, fmt::format("first_use.known[{}]", i),
            static_cast<double>(first_use.known[i]), ">= 1");
  }
}

void validate(const WorkMix& mix) {
  for (std::size_t i = 0; i < mix.phases.size(); ++i) {
    const WorkPhase& phase = mix.phases[i];
    const std::string key = fmt::format("mix[{}]", i);
    if (!phase.work) throw std::invalid_argument(key + ".work: a work model is required");
    if (phase.seconds) require(*phase.seconds > 0.0, key + ".seconds", *phase.seconds, "> 0");
    if (phase.requests && *phase.requests == 0) {
      throw std::invalid_argument(key + ".requests = 0: must be >= 1");
    }
    const bool ends = phase.seconds || phase.requests;
    const bool is_last = i + 1 == mix.phases.size();
    if (!ends && (!is_last || mix.end == WorkMix::End::kRepeat)) {
      throw std::invalid_argument(key + ": needs seconds or requests, as another phase follows");
    }
  }
}

void validate(const FineTuning& fine_tuning) {
  if (!fine_tuning.work) {
    throw std::invalid_argument("fine_tuning.work: a work model is required");
  }
  for (const auto& [key, count] :
       {std::pair{"minibatch", std::uint64_t{fine_tuning.minibatch}},
        {"minibatches", fine_tuning.minibatches},
        {"inference_batches_between", fine_tuning.inference_batches_between.value_or(1)}}) {
    if (count == 0) {
      throw std::invalid_argument(fmt::format("fine_tuning.{} = 0: must be >= 1", key));
    }
  }
  require(fine_tuning.work_factor > 0.0, "fine_tuning.work_factor", fine_tuning.work_factor, "> 0");
  require_at_least_zero(fine_tuning.from_seconds, "fine_tuning.from_seconds");
}

void validate(const CpuProcess& process, std::size_t index, std::size_t cpus_online) {
  const std::string key = fmt::format("processes[{}]", index);
  if (process.cpus.empty()) throw std::invalid_argument(key + ".cpus: at least one is needed");
  for (std::size_t i = 0; i < process.cpus.size(); ++i) {
    require(process.cpus[i] < cpus_online, fmt::format("{}.cpus[{}]", key, i),
            static_cast<double>(process.cpus[i]),
            fmt::format("in [0, {}], the CPUs that are online", cpus_online - 1).c_str());
  }
  require(process.share > 0.0 && process.share <= 1.0, key + ".share", process.share, "in (0, 1]");
  require_at_least_zero(process.from_seconds, key + ".from_seconds");
  const auto require_positive = [&](const std::optional<double>& seconds, const char* name) {
    if (seconds) require(*seconds > 0.0, key + name, *seconds, "> 0");
  };
  require_positive(process.on_seconds, ".on_seconds");
  require_positive(process.off_seconds, ".off_seconds");
  if (process.off_seconds && !process.on_seconds) {
    throw std::invalid_argument(key + ".off_seconds: needs on_seconds");
  }
}

}  // namespace flyball
