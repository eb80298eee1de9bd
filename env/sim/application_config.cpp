#include "env/sim/application_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>
#include <string>

#include "env/config/check_fields.h"
#include "env/config/require.h"

namespace flyball {

namespace {

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
  check_fields(load, "load");
  require(load.factor > 0.0, "load.factor", load.factor, "> 0");
}

void validate(const FirstUse& first_use) {
  check_fields(first_use, "first_use");
  require_ascending(first_use.sizes, "first_use.sizes");
  const bool listed = first_use.buckets == BatchBuckets::kListed;
  if (!listed && !first_use.sizes.empty()) {
    throw std::invalid_argument("first_use.sizes: needs buckets = \"listed\"");
  }
  if (listed && first_use.sizes.empty()) {
    throw std::invalid_argument("first_use.sizes: at least one size is needed");
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
  check_fields(fine_tuning, "fine_tuning");
}

void validate(const CpuProcess& process, std::size_t index, std::size_t cpus_online) {
  const std::string key = fmt::format("processes[{}]", index);
  check_fields(process, key);
  if (process.cpus.empty()) throw std::invalid_argument(key + ".cpus: at least one is needed");
  for (std::size_t i = 0; i < process.cpus.size(); ++i) {
    require(process.cpus[i] < cpus_online, fmt::format("{}.cpus[{}]", key, i),
            static_cast<double>(process.cpus[i]),
            fmt::format("in [0, {}], the CPUs that are online", cpus_online - 1).c_str());
  }
  if (process.off_seconds && !process.on_seconds) {
    throw std::invalid_argument(key + ".off_seconds: needs on_seconds");
  }
}

}  // namespace flyball
