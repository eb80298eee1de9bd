// One process writes a run's directory: the file "lock" in it, which holds its process id. Not
// thread-safe.
#pragma once

#include <filesystem>

#include "env/jetson/descriptor.h"

namespace flyball {

class RunLock {
 public:
  // Of a directory that is there. Throws DataError naming the directory and the process that
  // writes it, std::system_error where the lock cannot be made.
  explicit RunLock(const std::filesystem::path& directory);

 private:
  Descriptor file_;  // locked as long as it is open
};

// What a lock's file is called: whoever empties a directory leaves it there.
inline constexpr const char* kRunLockFile = "lock";

}  // namespace flyball
