#include "env/module_power.h"

namespace flyball {

double module_power(const Board& board, std::span<const double> rail_watts) {
  double sum = 0.0;
  for (const std::size_t rail : board.module_rails) sum += rail_watts[rail];
  return sum;
}

std::optional<double> module_power(const Board& board,
                                   std::span<const std::optional<double>> rail_watts) {
  if (board.module_rails.empty()) return std::nullopt;
  double sum = 0.0;
  for (const std::size_t rail : board.module_rails) {
    if (!rail_watts[rail]) return std::nullopt;
    sum += *rail_watts[rail];
  }
  if (!(sum > 0.0 && sum < kMostModuleWatts)) return std::nullopt;
  return sum;
}

}  // namespace flyball
