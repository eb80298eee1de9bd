// One process governs a board: run/flyball/lock under the board's root, whatever else is kept
// elsewhere. Whoever holds the lock, and every process that it forked with it, keeps others out.
// The lock's file may be removed; then who writes the limits of a CPU policy or of the GPU is seen
// by the locks on those files, which nobody can remove. Movable, not thread-safe.
#pragma once

#include <filesystem>

#include "env/jetson/descriptor.h"

namespace flyball {

class BoardLock {
 public:
  // Makes run/flyball where there is none. Waits up to `patience_seconds`: whoever died may be
  // having its clocks put back. Throws std::system_error naming the file, with
  // std::errc::device_or_resource_busy when another process governs the board, and
  // std::errc::too_many_files_open where this one has no descriptor left to see that.
  explicit BoardLock(const std::filesystem::path& root, double patience_seconds = 1.5);

 private:
  Descriptor file_;
};

// Whether a process governs the board. Creates nothing; false where the lock may not be looked at.
bool is_locked(const std::filesystem::path& root);

// Makes the directory, and those above it, readable by all and writable by us alone, whatever the
// umask is. Throws std::system_error.
void make_state_directory(const std::filesystem::path& directory);

}  // namespace flyball
