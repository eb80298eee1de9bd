// What one clocked domain of a real board shows of itself. Only reads. Not thread-safe; read()
// allocates nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "env/jetson/emc_files.h"
#include "env/jetson/file_error.h"
#include "env/telemetry.h"

namespace flyball {

// What could not be read of a domain; each is absent alone.
struct DomainErrors {
  FileError limits;  // a file that governs it; floor and ceiling are then 0
  FileError clock;   // what is asked for, or what runs
  FileError load;    // no error of the clock: not every kernel shows it

  explicit operator bool() const { return limits || clock; }
};

// Which of its files are read: of kClock the limits are left as they are in the telemetry.
enum class DomainPart { kAll, kClock };

class DomainReader {
 public:
  virtual ~DomainReader() = default;
  // The frequencies that the board lists, ascending; empty where it lists none.
  virtual std::vector<double> frequencies_hz() const = 0;
  // `now_seconds`: monotonic, never going back.
  [[nodiscard]] virtual DomainErrors read(double now_seconds, DomainPart part,
                                          DomainTelemetry& telemetry) noexcept = 0;
};

// A cpufreq policy. Effective is scaling_cur_freq: cpuinfo_cur_freq would cost half a millisecond
// on the CPU it measures. A policy whose CPUs went offline reads 0 Hz.
std::unique_ptr<DomainReader> make_cpu_reader(const std::string& policy_directory);

// The GPU. Its busy time is the load file's windows added up over the reads: the board counts none.
std::unique_ptr<DomainReader> make_gpu_reader(const std::string& devfreq_directory);

// A memory clock that is a devfreq of its own, as on Thor: no load.
std::unique_ptr<DomainReader> make_emc_devfreq_reader(const std::string& devfreq_directory);

// The memory clock; floor and ceiling are its rate while it is locked, the table's ends otherwise.
std::unique_ptr<DomainReader> make_emc_reader(const EmcFiles& files, std::vector<double> rates_hz);

// The policy directory of a CPU; empty when its policy is offline.
std::string find_cpu_policy(const std::string& root, int cpu);

}  // namespace flyball
