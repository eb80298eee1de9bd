// What `blind` and `delay` judge on: a scenario with arrivals of its own, and what stock and
// oracles make of it. Free functions; they throw Interrupted.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "controllers/evaluation/evaluation.h"
#include "tools/reproduce/common/reproduction_table.h"
#include "tools/reproduce/own/changing_case.h"

namespace flyball {

inline constexpr std::size_t kJudgedArrivals = 3;  // that each policy is judged on
inline constexpr double kInTimeTolerance = 0.2;    // points of what is asked in time

struct JudgedCase {
  ChangingCase which;
  double stock_in_time = 0.0;  // 0..1
  GovernorResult best_fixed;   // without runs where nothing keeps the limits
  GovernorResult queue_table;

  // What has to be in time, in percent: as the scenario asks, or stock manages where that is less.
  double asked_percent() const;
};

// The scenario of that id, judged on these arrivals.
JudgedCase judged_case(const char* id, const std::vector<std::uint64_t>& arrivals,
                       unsigned threads);

double median(std::span<const double> values);

// A row of the median with its 95 % bootstrap interval.
void show_median(ReproductionTable& table, std::string name, const std::vector<double>& values,
                 const std::string& unit = "%");

}  // namespace flyball
