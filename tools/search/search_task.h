// What `flyball search` searches on: a measured grid, a simulated workload or scenario, or a board.
// Values and a free function.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controllers/search/surface_prior.h"
#include "env/board.h"
#include "tools/search/search_field.h"

namespace flyball {

// What the command line asks for.
struct SearchCommandOptions {
  std::string board;
  std::string workload;
  std::string scenario;
  std::string grid;
  std::string root;
  std::string daemon;
  std::vector<std::string> assignments;
  std::string search = "bayes";
  std::string mode = "certified";
  std::vector<std::string> prior;
  std::optional<double> limit_seconds;
  std::optional<double> slowdown;
  std::optional<double> power_seconds;
  std::string journal;
  std::string policy;
  std::string nvpmodel;
  std::string report_folder;
  std::size_t samples = 20;
  std::size_t batch = 1;
  double sample_seconds = 15.0;
  double noise = 0.015;
  std::uint64_t seed = 0;
  bool json = false;
};

// What is searched on, and what the other parts of the command need to know of it.
struct SearchTask {
  std::unique_ptr<SearchField> field;
  Board board;
  int cpus_online = 0;
  std::string what;
  std::optional<double> limit_seconds;  // of a scenario's objective
  std::optional<double> slowdown;
  std::vector<WorkloadSurface> others;  // for the prior
};

// Throws UsageError where the options contradict each other or leave something out, and what
// reading their files throws.
SearchTask make_search_task(const SearchCommandOptions& options);

}  // namespace flyball
