// When the clocks' ceilings are lowered because the board is hot, and by how much: a step down from
// what is in force with every look until all zones are under their limits, and a step back up once
// in a while when they have cooled. Not thread-safe; looking allocates nothing.
//
// A zone's limit is the one that somebody gave, or its lowest trip point of the kernel's (passive,
// hot or critical) less a margin, so that the shield acts before the kernel throttles. Without
// either the zone is not watched. PMIC zones are not: theirs is a constant.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "env/jetson/sysfs_file.h"
#include "env/knob.h"

namespace flyball {

struct ShieldConfig {
  bool is_on = true;
  std::optional<double> limit_celsius;  // of every zone; absent: from the trip points
  double margin_kelvin = 5.0;           // below a trip point
  double hysteresis_kelvin = 3.0;       // under the limit, before a ceiling rises again
  double look_seconds = 1.0;
  double rise_seconds = 5.0;  // between two steps up
};

// What is told of it; trivially copyable, as it passes between processes.
struct ShieldState {
  bool is_on = false;
  bool is_blind = false;        // no zone can be read
  std::uint32_t steps = 0;      // down, and not yet up again; 0: ceilings are nobody's here
  double celsius = 0.0;         // of the zone that is nearest to its limit, or furthest above
  double limit_celsius = 0.0;   // its limit
  std::array<char, 32> zone{};  // its name
};

class ThermalShield {
 public:
  static constexpr std::uint32_t kMostSteps = 16;

  // Looks for zones and trip points under the root. None: it is off.
  ThermalShield(const std::string& root, const ShieldConfig& config);

  bool is_on() const { return !zones_.empty(); }
  // True where steps or sight have changed. Reads only once per `look_seconds`.
  bool look(double now_seconds) noexcept;
  const ShieldState& state() const { return state_; }
  // A step down from a ceiling within the limits as they are when it is cool, or up. The lowest
  // level is always allowed.
  static Level below(Level ceiling, LevelRange limits) noexcept;
  static Level above(Level ceiling, LevelRange limits) noexcept;
  // "under 92 degrees (cpu) to 97 (tj)", for people; empty: it is off.
  std::string text() const;

 private:
  struct Zone {
    std::string name;
    SysfsFile file;
    double limit_celsius;
  };
  void find_zones(const std::string& root);

  ShieldConfig config_;
  std::vector<Zone> zones_;
  ShieldState state_;
  std::optional<double> looked_seconds_;
  double changed_seconds_ = 0.0;  // a step was made
  int unread_ = 0;                // looks in a row without any zone
};

}  // namespace flyball
