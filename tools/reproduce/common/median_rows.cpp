#include "tools/reproduce/common/median_rows.h"

#include <utility>

#include "env/statistics.h"

namespace flyball {

double median(std::span<const double> values) {
  return interpolated_quantile({values.begin(), values.end()}, 0.5);
}

void show_median(ReproductionTable& table, std::string name, const std::vector<double>& values,
                 const std::string& unit) {
  const Interval band = bootstrap_interval(values, median, 1);
  table.show_interval(std::move(name), median(values), band.low, band.high, unit);
}

}  // namespace flyball
