// The middle of many seeds, and a row that shows it. Free functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

// Of an even number of values the mean of the two in the middle. Requires: a value.
double median(std::span<const double> values);

// A row of the median with its 95 % bootstrap interval.
void show_median(ReproductionTable& table, std::string name, const std::vector<double>& values,
                 const std::string& unit = "%");

}  // namespace flyball
