// Whether somebody else wrote a file that we hold open, also where what they wrote is what we had
// written ourselves: inotify tells of writes by any process, also to the kernel's own files. One
// that opened a file, wrote it and closed it again is somebody else, since we keep ours open. What
// the kernel changes of itself, and what a mounted file system's own server does, is not seen.
//
// Works in the process that first added a file, and in no other; where the kernel gives no inotify
// nothing is ever seen. Not thread-safe; allocates nothing and throws nothing.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>

#include "env/jetson/descriptor.h"

namespace flyball {

class WriteWatch {
 public:
  static constexpr std::size_t kMostFiles = 64;

  // From now on; again where the name may be another file's. Requires: slot < kMostFiles.
  void add(const char* path, std::size_t slot) noexcept;
  // Somebody else wrote it since this was asked last.
  bool take(std::size_t slot) noexcept;
  // We have written it: that is nobody else's.
  void discard(std::size_t slot) noexcept;

  // While one lives, the kernel is asked twice: at its beginning what others wrote before, at its
  // end what we wrote meanwhile. Nested ones ask nothing.
  class Batch {
   public:
    explicit Batch(WriteWatch& watch) noexcept : watch_(watch) { watch_.begin_batch(); }
    ~Batch() { watch_.end_batch(); }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

   private:
    WriteWatch& watch_;
  };

 private:
  struct File {
    int watch = -1;
    bool is_modified = false;  // by somebody who has not closed it yet, or by us
    bool is_written = false;
    bool is_discarded = false;  // in this batch, by us
  };
  void begin_batch() noexcept;
  void end_batch() noexcept;
  void forget_discarded() noexcept;
  bool is_ours() const noexcept;
  void read_events() noexcept;

  Descriptor inotify_;
  pid_t owner_ = 0;
  std::array<File, kMostFiles> files_;
  std::size_t used_ = 0;   // slots that may hold a file
  std::size_t depth_ = 0;  // of batches
  bool is_batch_ours_ = false;
  bool has_written_ = false;  // in this batch, or just now
};

}  // namespace flyball
