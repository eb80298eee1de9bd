// A search for the best fixed setting: asks for settings to be measured, is told what they came to,
// and says which is best. It does not measure: SearchGovernor does on a plant, a table in a
// benchmark. Not thread-safe; the same seed and the same samples, the same proposals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controllers/search/search_space.h"
#include "controllers/search/surface_prior.h"

namespace flyball {

// One setting, measured. Per request: latency and energy of the module.
struct SearchSample {
  std::size_t candidate = 0;
  double seconds = 0.0;
  double joules = 0.0;
  double error = 0.005;  // standard deviation of each, relative
};

// certified: nothing is tried that is not known to keep the limit. probing: what is predicted to
// keep it is tried, if it cannot be far above it.
enum class SearchMode : std::uint8_t { kCertified, kProbing };

// The cheapest candidate in energy whose latency is within the limit.
struct SearchProblem {
  SearchSpace space;
  std::optional<double> limit_seconds;  // absent: any latency will do
  SurfacePrior prior = {};              // what is believed before the first sample
};

class Search {
 public:
  virtual ~Search() = default;
  virtual std::string_view name() const = 0;
  // What to measure next; absent: nothing more is worth it. Asking again without a sample between
  // asks for the same.
  virtual std::optional<std::size_t> propose() = 0;
  // Also of candidates that were not proposed: those of an earlier run. Throws
  // std::invalid_argument for a candidate that there is not, or figures that are not above 0.
  virtual void observe(const SearchSample& sample) = 0;
  // The choice so far; absent before the first sample.
  virtual std::optional<std::size_t> best() const = 0;
};

}  // namespace flyball
