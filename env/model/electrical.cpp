#include "env/model/electrical.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "env/config/check_fields.h"
#include "env/model/work_model.h"

namespace flyball {

void validate(const Electrical& electrical, const Board& board) {
  check_fields(electrical, "electrical");
  if (electrical.rails.size() != board.rails.size() || board.rails.size() > kMaxRails) {
    throw std::invalid_argument(fmt::format("electrical.rails: {} entries, {} has {} rails",
                                            electrical.rails.size(), board.id, board.rails.size()));
  }
}

double volts(const UnitElectrical& unit, double hertz, double highest_hz) {
  if (hertz <= unit.knee_hz || highest_hz <= unit.knee_hz) return unit.minimum_volts;
  const double share = std::min(1.0, (hertz - unit.knee_hz) / (highest_hz - unit.knee_hz));
  return unit.minimum_volts + (unit.maximum_volts - unit.minimum_volts) * share;
}

double unit_watts(const UnitElectrical& unit, double hertz, double volts, double activity,
                  double leakage_factor) {
  const double switching = unit.idle_activity + (1.0 - unit.idle_activity) * activity;
  return unit.farads * volts * volts * hertz * switching +
         unit.leakage_amperes * leakage_factor * volts;
}

}  // namespace flyball
