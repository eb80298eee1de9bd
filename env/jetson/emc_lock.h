// The control of the memory clock: locked at a rate, or left to its resident (the bandwidth
// manager). Needs debugfs. Not thread-safe; no allocation in reading, locking and freeing.
//
//   T210 (Nano): clk/override.emc: clk_update_rate, then clk_state 1; clk_state 0 frees it
//   BPMP:        bpmp/debug/clk/emc: mrq_rate_locked 1, then rate; mrq_rate_locked 0 frees it
//   JetPack 6:   as BPMP with bpmp/debug/bwmgr/bwmgr_halt 1 first, and the lock around each change
#pragma once

#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "env/jetson/backup.h"
#include "env/jetson/board_files.h"
#include "env/jetson/sysfs_file.h"

namespace flyball {

class EmcLock {
 public:
  // Absent where the board shows no memory clock (no debugfs, or not root).
  static std::optional<EmcLock> discover(const std::string& root);

  EmcInterface interface() const { return interface_; }
  // The rates that the board lists; empty where it lists none (T210).
  std::vector<double> rates_hz() const;
  // The cap in force, in hertz; absent: none.
  std::optional<double> cap_hz() const;

  struct State {
    double rate_hz = 0.0;  // what runs
    bool locked = false;
    std::optional<double> utilization;  // 0..1, by the activity monitor
  };
  [[nodiscard]] std::error_code read(State& state) noexcept;

  // Locks at a rate of the table, on change, and reads it back: a rate outside the cap is ignored
  // by the firmware without an error.
  [[nodiscard]] std::error_code lock(double rate_hz) noexcept;
  // Back to the resident, whoever locked it.
  [[nodiscard]] std::error_code unlock() noexcept;

  // The records that put back what is there now, in the order of writing.
  std::vector<BackupRecord> save(const std::string& root);

 private:
  EmcLock(EmcInterface interface, const std::string& root);
  std::error_code lock_bpmp(long long rate, bool locked) noexcept;

  EmcInterface interface_;
  std::string rates_path_;
  std::string cap_path_;
  SysfsFile rate_;     // rate; T210: clk_update_rate
  SysfsFile lock_;     // mrq_rate_locked; T210: override.emc/clk_state
  SysfsFile halt_;     // JetPack 6
  SysfsFile running_;  // what the memory runs at
  SysfsFile activity_;
};

}  // namespace flyball
