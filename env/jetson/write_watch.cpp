#include "env/jetson/write_watch.h"

#include <limits.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
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
  used_ = std::max(used_, slot + 1);
  files_[slot] = {};
  files_[slot].watch = inotify_add_watch(inotify_.get(), path, IN_MODIFY | IN_CLOSE_WRITE);
  read_events();
  files_[slot].is_modified = files_[slot].is_written = false;  // of the time before
}

bool WriteWatch::take(std::size_t slot) noexcept {
  const bool is_known = depth_ > 0 ? is_batch_ours_ : is_ours();
  if (!is_known) return false;
  if (depth_ == 0) read_events();
  return std::exchange(files_[slot].is_written, false);
}

void WriteWatch::discard(std::size_t slot) noexcept {
  files_[slot].is_discarded = has_written_ = true;
  if (depth_ == 0) forget_discarded();
}

void WriteWatch::begin_batch() noexcept {
  if (depth_++ > 0) return;
  is_batch_ours_ = is_ours();
  if (is_batch_ours_) read_events();
}

void WriteWatch::end_batch() noexcept {
  if (--depth_ == 0) forget_discarded();
}

void WriteWatch::forget_discarded() noexcept {
  if (!std::exchange(has_written_, false)) return;
  if (is_ours()) read_events();
  for (File& file : files_) {
    if (std::exchange(file.is_discarded, false)) file.is_modified = false;
  }
}

// A process that was forked shares the queue, and would take what was written before for news.
bool WriteWatch::is_ours() const noexcept { return inotify_.is_open() && owner_ == getpid(); }

void WriteWatch::read_events() noexcept {
  alignas(inotify_event) std::array<char, 4096> buffer;
  // Where one more had found room there was none.
  constexpr std::size_t kRoomForOne = sizeof(inotify_event) + NAME_MAX + 1;
  ssize_t size = 0;
  do {
    size = read(inotify_.get(), buffer.data(), buffer.size());
    inotify_event event{};
    for (const char* at = buffer.data(); at < buffer.data() + size;
         at += sizeof event + event.len) {
      std::memcpy(&event, at, sizeof event);
      for (std::size_t slot = 0; slot < used_; ++slot) {
        File& file = files_[slot];
        if (event.wd < 0 || file.watch != event.wd) continue;
        if ((event.mask & IN_MODIFY) != 0) file.is_modified = true;
        if ((event.mask & IN_CLOSE_WRITE) != 0) {
          file.is_written |= std::exchange(file.is_modified, false);
        }
      }
    }
  } while (size > static_cast<ssize_t>(buffer.size() - kRoomForOne));
}

}  // namespace flyball
