// What `flyball search` tells. Values and free functions.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controllers/search/search.h"

namespace flyball {

struct SearchReport {
  std::string board;
  std::string what;    // workload, scenario or table
  std::string search;  // its name, and the mode of bayes
  std::string prior;   // what it is made of; empty: the search has none
  std::optional<double> limit_seconds;
  std::vector<SearchSample> samples;  // in their order
  std::size_t resumed = 0;            // of them, those of an earlier run
  std::optional<std::size_t> best;
  bool interrupted = false;

  // Of the sample of the highest clocks; absent without one.
  const SearchSample* sample_of(std::size_t candidate) const;
  // Whether the best one was measured within the limit.
  bool is_feasible() const;
};

std::string to_text(const SearchReport& report, const SearchSpace& space);
nlohmann::ordered_json to_json(const SearchReport& report, const SearchSpace& space);

}  // namespace flyball
