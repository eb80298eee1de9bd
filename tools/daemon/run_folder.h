// Small files in run/flyball under a board's root, by which a running daemon and the commands
// `status`, `pause` and `resume` know of each other. Whoever may write the folder (root, on a
// board) may tell the daemon to pause; everybody may read.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "env/jetson/descriptor.h"

namespace flyball {

// A text that is written over and over in one write each, so that a reader finds all of one or of
// another; it says when it does not. Opened once: the writer may have no right to the folder later.
class StatusFile {
 public:
  static constexpr std::size_t kMostBytes = 4000;

  // Makes run/flyball and the file. Throws std::system_error naming the file.
  explicit StatusFile(const std::filesystem::path& root);
  // False where it does not fit or cannot be written: the former text stays.
  bool write(std::string_view text) noexcept;

 private:
  Descriptor file_;
  unsigned sequence_ = 0;
};

// What was written last; absent: nothing was, or not by a StatusFile. Throws std::system_error
// where the file is there and cannot be read.
std::optional<std::string> read_status(const std::filesystem::path& root);

// Until when, on the steady clock, the daemon is to leave the clocks to the kernel; absent: not at
// all. Allocates nothing once the path is known.
std::filesystem::path pause_path(const std::filesystem::path& root);
std::optional<double> read_pause(const std::string& path) noexcept;
// Throws std::system_error naming the file.
void write_pause(const std::filesystem::path& root, double until_seconds);
// True when there was one.
bool remove_pause(const std::filesystem::path& root);

// The clock of all of these, the same in every process of the machine.
double steady_seconds() noexcept;

}  // namespace flyball
