// One clocked domain of a real board as it is held: its control files, what must be put back, and
// who else wrote them. Not thread-safe. Nothing of it allocates or throws.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "env/jetson/backup.h"
#include "env/jetson/control_file.h"
#include "env/jetson/emc_files.h"
#include "env/jetson/file_error.h"

namespace flyball {

struct FrequencyRange {
  double floor_hz = 0.0;
  double ceiling_hz = 0.0;
  friend bool operator==(const FrequencyRange&, const FrequencyRange&) = default;
};

// Hears of what somebody else wrote while we hold a control.
class ChangeListener {
 public:
  virtual ~ChangeListener() = default;
  virtual void changed(const std::string& file, long long value) noexcept = 0;
};

class DomainControl {
 public:
  virtual ~DomainControl() = default;
  // Opens every file for writing and keeps it; the present state is what will be put back.
  [[nodiscard]] virtual FileError hold() noexcept = 0;
  // What reads otherwise than we left it is somebody's: from here on it is the limit, and what
  // will be put back. The first look finds out what is there.
  [[nodiscard]] virtual FileError look(ChangeListener& listener) noexcept = 0;
  // The range that is left to us, by the last look: for CPU and GPU the limits that we found, for
  // the memory clock its table up to the cap (a lock found at the start is no limit of the board).
  virtual FrequencyRange allowed() const noexcept = 0;
  // Asks for a range and reads it back. After an error the former range is in force.
  // Requires: a look before it.
  [[nodiscard]] virtual FileError set(FrequencyRange range) noexcept = 0;
  // What was found, or what somebody else wrote since, reads again. Limits are written even where
  // they cannot be read: JetsonError::kNotVerified.
  [[nodiscard]] virtual FileError put_back(ChangeListener& listener) noexcept = 0;
  // Adds what put_back() would write, with paths relative to `root` that live as long as this
  // object. Requires: room for kMostRecords more.
  static constexpr std::size_t kMostRecords = 3;
  virtual void add_records(std::string_view root, std::vector<BackupRecord>& records) const = 0;
};

// A clock by its minimum and maximum file, the governor left in place. `unit_hz`: 1000 for cpufreq
// (kHz), 1 for devfreq. `table` must outlive the control.
std::unique_ptr<DomainControl> make_limits_control(const std::string& min_path,
                                                   const std::string& max_path, double unit_hz,
                                                   HeldTable& table);

// The memory clock by its lock: pinned or free. A range that is neither is kNotExpressible.
// `rates_hz`: its table, ascending.
std::unique_ptr<DomainControl> make_emc_control(const EmcFiles& files, std::vector<double> rates_hz,
                                                HeldTable& table);

// `path` below `root`, as a backup names it. Requires: path starts with root.
std::string_view relative_path(std::string_view path, std::string_view root);

}  // namespace flyball
