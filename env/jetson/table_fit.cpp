#include "env/jetson/table_fit.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "env/knob.h"

namespace flyball {

namespace {

std::string megahertz(const std::vector<double>& levels) {
  std::vector<double> rounded;
  for (const double hz : levels) rounded.push_back(std::round(hz * 1e-4) * 1e-2);
  return fmt::format("{:g}", fmt::join(rounded, ", "));
}

}  // namespace

std::vector<double> fit_table(const KnownTable& known, const std::vector<double>& board_levels) {
  std::vector<double> fitted;
  for (std::size_t i = 0; i < known.levels.size(); ++i) {
    const double wanted = known.levels[i];
    const double found = board_levels[level_nearest(board_levels, wanted)];
    if (known.used[i] && std::abs(found - wanted) > kSameFrequency * wanted) {
      throw std::runtime_error(fmt::format(
          "knob {}: the policy sets {:g} MHz, which this board does not have; the policy's table: "
          "{} MHz; the board's: {} MHz; train a policy for this table",
          known.name, wanted * 1e-6, megahertz(known.levels), megahertz(board_levels)));
    }
    fitted.push_back(found);
  }
  return fitted;
}

}  // namespace flyball
