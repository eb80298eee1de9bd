#include "tools/config/sweep_table.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "env/csv/number_columns.h"
#include "env/errors.h"

namespace flyball {

SweepTable read_sweep_table(const std::filesystem::path& path) {
  struct Point {
    double seconds = 0.0;
    double watts = 0.0;
  };
  std::map<double, std::map<double, Point>> points;  // by frequency, then by batch
  for (const NumberRow& row : read_number_columns(path, {"gpu_hz", "batch", "seconds", "watts"})) {
    const Point point{*row.numbers[2], *row.numbers[3]};
    if (!points[*row.numbers[0]].emplace(*row.numbers[1], point).second) {
      throw DataError(fmt::format("{}:{}: gpu_hz {:g} and batch {:g} were given before",
                                  path.string(), row.line, *row.numbers[0], *row.numbers[1]));
    }
  }
  SweepTable table;
  if (points.empty()) throw DataError(fmt::format("{}: no measurements", path.string()));
  for (const auto& [batch, point] : points.begin()->second) table.batches.push_back(batch);
  for (const auto& [hertz, row] : points) {
    table.frequencies_hz.push_back(hertz);
    std::vector<double>& seconds = table.seconds.emplace_back();
    std::vector<double>& watts = table.watts.emplace_back();
    for (const double batch : table.batches) {
      const auto found = row.find(batch);
      if (found == row.end() || row.size() != table.batches.size()) {
        throw DataError(fmt::format("{}: gpu_hz {:g} has other batches than {:g}", path.string(),
                                    hertz, table.frequencies_hz.front()));
      }
      seconds.push_back(found->second.seconds);
      watts.push_back(found->second.watts);
    }
  }
  return table;
}

}  // namespace flyball
