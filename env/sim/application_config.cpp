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

}  // namespace flyball
