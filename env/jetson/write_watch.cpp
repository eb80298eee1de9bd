#include "env/jetson/write_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <utility>

namespace flyball {

void WriteWatch::add(const char* path, std::size_t slot) noexcept {
  if (!inotify_.is_open()) {
    inotify_ = Descriptor(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    owner_ = getpid();
  }
  if (!is_ours()) return;
  files_[slot] = {};
  files_[slot].watch = inotify_add_watch(inotify_.get(), path, IN_MODIFY | IN_CLOSE_WRITE);
  read_events();
  files_[slot].is_modified = files_[slot].is_written = false;  // of the time before
}

bool WriteWatch::take(std::size_t slot) noexcept {
  if (!is_ours()) return false;
  read_events();
  return std::exchange(files_[slot].is_written, false);
}

void WriteWatch::discard(std::size_t slot) noexcept {
  if (!is_ours()) return;
  read_events();
  files_[slot].is_modified = false;
}

// A process that was forked shares the queue, and would take what was written before for news.
bool WriteWatch::is_ours() const noexcept { return inotify_.is_open() && owner_ == getpid(); }

void WriteWatch::read_events() noexcept {
  alignas(inotify_event) std::array<char, 4096> buffer;
  ssize_t size = 0;
  while ((size = read(inotify_.get(), buffer.data(), buffer.size())) > 0) {
    inotify_event event{};
    for (const char* at = buffer.data(); at < buffer.data() + size;
         at += sizeof event + event.len) {
      std::memcpy(&event, at, sizeof event);
      for (File& file : files_) {
        if (event.wd < 0 || file.watch != event.wd) continue;
        if ((event.mask & IN_MODIFY) != 0) file.is_modified = true;
        if ((event.mask & IN_CLOSE_WRITE) != 0) {
          file.is_written |= std::exchange(file.is_modified, false);
        }
      }
    }
  }
}

}  // namespace flyball
