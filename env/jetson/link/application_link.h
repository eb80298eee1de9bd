// The application's figures from its link (env/jetson/link/flyball.h has the memory's layout).
//
// The program on the other side may have died, may be writing, and may be hostile: the memory is
// copied by pread(), which no truncation harms, and every number of it is checked. Nothing waits
// for the program. Not thread-safe; reading allocates nothing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "env/jetson/descriptor.h"
#include "env/jetson/file_error.h"
#include "env/jetson/link/flyball.h"
#include "env/telemetry.h"

namespace flyball {

class ApplicationLink {
 public:
  ApplicationLink(const std::string& root, double patience_seconds);

  const std::string& path() const { return path_; }
  // Whether a program that lives has a link there, whatever that holds.
  bool present() noexcept;
  // The batch sizes it accepts, ascending; empty: it takes none. Throws std::runtime_error naming
  // the file where that is no link of ours.
  std::vector<double> batch_levels();

  // The figures at `now_seconds` of the monotonic clock. JetsonError::kEnded: the program has gone;
  // kMalformed: it wrote what cannot be; kOtherVersion. The latencies are of the requests served
  // since the last reading, of the last FLYBALL_LATENCIES at most. Where a program is caught amid
  // its writing again and again, the figures are those of the last reading and have its time, for
  // the patience; after that kStale. Whether the program lives, and has the name still, is asked at
  // every reading that finds nothing new, and every 0.5 s where it goes on writing.
  [[nodiscard]] FileError read(double now_seconds,
                               Stamped<ApplicationTelemetry>& telemetry) noexcept;

 private:
  std::error_code open_current() noexcept;
  std::error_code read_memory(bool& is_whole) noexcept;
  std::error_code read_current(double now_seconds, bool& is_whole) noexcept;
  void fill(double now_seconds, ApplicationTelemetry& application) noexcept;
  void fill_latencies(ApplicationTelemetry& application) noexcept;
  std::error_code keep_last(double now_seconds, Stamped<ApplicationTelemetry>& telemetry) noexcept;

  std::string path_;
  double patience_seconds_;
  Descriptor file_;
  FlyballMemory memory_{};
  std::array<std::int64_t, FLYBALL_LATENCIES> latencies_{};
  std::optional<std::uint64_t> served_;    // at the last reading of this file
  std::optional<double> read_seconds_;     // when that was
  std::optional<double> checked_seconds_;  // that the file has the name, and that its program lives
  std::int64_t in_system_ns_ = 0;          // that was shown: nothing of it is taken back
  ApplicationTelemetry last_;
};

// Whether the numbers can be those of a program that runs at `now_seconds`.
[[nodiscard]] std::error_code check_link(const FlyballMemory& memory, double now_seconds) noexcept;

}  // namespace flyball
