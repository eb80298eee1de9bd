// One clocked domain of a real board: what it shows, how it is held, what must be put back.
// Not thread-safe. Reading and setting allocate nothing and throw nothing.
#pragma once

#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "env/jetson/backup.h"
#include "env/jetson/emc_lock.h"
#include "env/jetson/frequency_limits.h"
#include "env/knob.h"
#include "env/telemetry.h"

namespace flyball {

class DomainControl {
 public:
  virtual ~DomainControl() = default;
  // The frequencies that the board lists, ascending; empty where it lists none.
  virtual std::vector<double> frequencies_hz() const = 0;
  // `now_seconds`: monotonic, never going back.
  [[nodiscard]] virtual std::error_code read(double now_seconds,
                                             DomainTelemetry& telemetry) noexcept = 0;
  // The range that the board leaves to us: for CPU and GPU the limits in force, for the memory
  // clock its table up to the cap (a lock that somebody set is no limit of the board).
  [[nodiscard]] virtual std::error_code read_limits(FrequencyRange& range) noexcept = 0;
  // Asks for a range and reads it back. After an error the former range is in force.
  [[nodiscard]] virtual std::error_code set(FrequencyRange range) noexcept = 0;
  // What puts back the present state. Throws std::system_error naming the path.
  virtual std::vector<BackupRecord> save(const std::string& root) = 0;
};

// A cpufreq policy by scaling_min_freq and scaling_max_freq. Effective is scaling_cur_freq:
// cpuinfo_cur_freq would cost half a millisecond on the CPU it measures. A policy whose CPUs went
// offline reads 0 Hz.
std::unique_ptr<DomainControl> make_cpu_control(const std::string& policy_directory);

// The GPU by devfreq's min_freq and max_freq. Its busy time is the load file's windows added up
// over the reads: the board counts none.
std::unique_ptr<DomainControl> make_gpu_control(const std::string& devfreq_directory);

// The memory clock by its lock: pinned or free. A range that is neither is kNotExpressible.
std::unique_ptr<DomainControl> make_emc_control(EmcLock lock, FrequencyRange free_range);

// The policy directory of a CPU; empty when its policy is offline.
std::string find_cpu_policy(const std::string& root, int cpu);

}  // namespace flyball
