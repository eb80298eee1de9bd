#include "env/model/electrical.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "env/model/work_model.h"

namespace flyball {

namespace {

void require(bool holds, const std::string& key, double value, const char* range) {
  if (!holds || !std::isfinite(value)) {
    throw std::invalid_argument(fmt::format("electrical.{} = {}: must be {}", key, value, range));
  }
}

void validate(const UnitElectrical& unit, const std::string& name) {
  require(unit.minimum_volts > 0.0, name + ".minimum_volts", unit.minimum_volts, "> 0");
  require(unit.maximum_volts >= unit.minimum_volts, name + ".maximum_volts", unit.maximum_volts,
          ">= minimum_volts");
  require(unit.knee_hz >= 0.0, name + ".knee_hz", unit.knee_hz, ">= 0");
  require(unit.farads >= 0.0, name + ".farads", unit.farads, ">= 0");
  require(unit.idle_activity >= 0.0 && unit.idle_activity <= 1.0, name + ".idle_activity",
          unit.idle_activity, "in [0, 1]");
  require(unit.leakage_amperes >= 0.0, name + ".leakage_amperes", unit.leakage_amperes, ">= 0");
}

}  // namespace

void validate(const Electrical& electrical, const Board& board) {
  validate(electrical.cpu, "cpu");
  validate(electrical.gpu, "gpu");
  validate(electrical.emc, "emc");
  require(electrical.base_watts >= 0.0, "base_watts", electrical.base_watts, ">= 0");
  require(electrical.leakage_per_kelvin >= 0.0, "leakage_per_kelvin", electrical.leakage_per_kelvin,
          ">= 0");
  if (electrical.rails.size() != board.rails.size() || board.rails.size() > kMaxRails) {
    throw std::invalid_argument(fmt::format("electrical.rails: {} entries, {} has {} rails",
                                            electrical.rails.size(), board.id, board.rails.size()));
  }
  for (std::size_t r = 0; r < electrical.rails.size(); ++r) {
    const RailMix& mix = electrical.rails[r];
    for (const auto& [key, share] :
         {std::pair{"cpu", mix.cpu}, {"gpu", mix.gpu}, {"emc", mix.emc}, {"base", mix.base}}) {
      require(share >= 0.0 && share <= 1.0, fmt::format("rails[{}].{}", r, key), share,
              "in [0, 1]");
    }
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
