// An emulated board's tree as a mounted file system (libfuse3). One thread serves and advances;
// a request that has to wait (fault_set.h) has one of its own.
#pragma once

#include <filesystem>
#include <memory>

#include "tools/emulator/emulated_board.h"

namespace flyball {

class FuseMount {
 public:
  // Throws std::system_error: /dev/fuse cannot be used, the directory does not exist, is not empty
  // or cannot be mounted on. The message says what to do. `board` must outlive the mount.
  FuseMount(EmulatedBoard& board, const std::filesystem::path& directory);
  // Unmounts; files that others still have open give errors from then on.
  ~FuseMount();
  FuseMount(const FuseMount&) = delete;
  FuseMount& operator=(const FuseMount&) = delete;

  // Answers what comes within `timeout_seconds`, at least one request if one waits. False when
  // somebody unmounted the directory. Returns early on a signal.
  bool serve(double timeout_seconds);

 private:
  struct Session;
  std::unique_ptr<Session> session_;
};

}  // namespace flyball
