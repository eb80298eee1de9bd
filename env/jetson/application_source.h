// Where the application's figures come from: its link where a program that lives has one, or else
// its files, or else nowhere. env/jetson/APPLICATION.md documents both. Not thread-safe; reading
// allocates nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "env/jetson/application_files.h"
#include "env/jetson/control_file.h"
#include "env/jetson/link/application_link.h"

namespace flyball {

enum class ApplicationWay : std::uint8_t { kNone, kFiles, kLink };

class ApplicationSource {
 public:
  ApplicationSource(const std::string& root, double patience_seconds);

  // What was there at the start.
  ApplicationWay way() const { return way_; }
  // What is read then; empty: there was none.
  std::string file() const;
  // The batch sizes it accepted at the start, ascending; empty: none. Throws std::runtime_error
  // naming the file at fault.
  std::vector<double> batch_levels();
  // Where the recommended one is written. `table` must outlive it.
  std::unique_ptr<ControlFile> batch_control(HeldTable& table) const;

  // The figures of now, by whichever way the application reports by now.
  [[nodiscard]] FileError read(double now_seconds,
                               Stamped<ApplicationTelemetry>& telemetry) noexcept;

 private:
  ApplicationLink link_;
  ApplicationFiles files_;
  ApplicationWay way_ = ApplicationWay::kNone;
};

// One line for whoever runs the daemon.
std::string describe(ApplicationWay way, const std::string& file);

}  // namespace flyball
