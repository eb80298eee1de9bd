// Whether the hardware runs CPUs slower than they were asked to. Over-current and heat hold clocks
// down behind the kernel's back: scaling_cur_freq stays at what was asked for, cpuinfo_cur_freq,
// which is measured, does not. Measuring takes half a millisecond on the CPU that is measured, so
// each policy is looked at every 10 s, one at a time. One thread; after the constructor nothing is
// allocated.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/jetson/sysfs_file.h"

namespace flyball {

// How far below what was asked for is far: less than this share of it.
inline constexpr double kHeldShare = 0.8;

class ThrottleWatch {
 public:
  struct Clock {
    std::string name;  // of the domain: "cpu0"
    bool is_held = false;
    double running_hz = 0.0;  // as measured last
    double asked_hz = 0.0;    // and what was asked for then
  };

  // Opens the files, which may be root's alone. `root`: as of root_text(). A policy without the
  // file, or whose CPUs are offline, is never held.
  ThrottleWatch(const std::string& root, const Board& board);

  // Measures what is due. The clock that is held now and was not, or the other way round; null:
  // nothing has changed. A measurement that fails, or between two requests, says nothing.
  const Clock* look(double now_seconds) noexcept;

  const std::vector<Clock>& clocks() const { return clocks_; }

 private:
  struct Files {
    SysfsFile asked;
    SysfsFile measured;
    std::optional<double> due_seconds;
  };
  bool measure(Files& files, Clock& clock) noexcept;
  std::optional<bool> is_held(Files& files, Clock& clock) noexcept;

  std::vector<Clock> clocks_;
  std::vector<Files> files_;  // one each
};

}  // namespace flyball
