// A sweep over every fixed setting, for people and for programs. Values; free functions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controllers/evaluation/static_oracle.h"
#include "controllers/run_figures.h"
#include "env/knob.h"

namespace flyball {

struct SweepReport {
  std::string board;
  std::string board_title;
  std::optional<int> mode;  // id of the nvpmodel mode; absent: no limits, the full tables
  std::string workload;
  std::uint64_t requests = 0;
  std::size_t batch = 0;
  std::vector<Knob> knobs;         // CPU, GPU, and perhaps memory
  RunFigures stock;                // the stock governors on the same work
  OracleResult table;              // every setting, the last knob fastest
  std::vector<std::size_t> front;  // of the table: the Pareto front of energy and latency
};

// Stock, the minimum, the front, and energy over CPU and GPU frequency.
std::string to_text(const SweepReport& report);
// One line per setting, per request, with units in the names: `flyball fit` reads it.
std::string to_csv(const SweepReport& report);
nlohmann::ordered_json to_json(const SweepReport& report);

}  // namespace flyball
