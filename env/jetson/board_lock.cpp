#include "env/jetson/board_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

#include "env/jetson/directory_scan.h"
#include "env/jetson/sysfs_file.h"

namespace flyball {

namespace {

constexpr double kPollSeconds = 0.02;

std::filesystem::path lock_path(const std::filesystem::path& root) {
  return root / "run/flyball/lock";
}

[[noreturn]] void fail(int reason, const std::string& what) {
  throw std::system_error(reason, std::generic_category(), what);
}

void wait_a_little() {
  const timespec pause{0, static_cast<long>(kPollSeconds * 1e9)};
  nanosleep(&pause, nullptr);
}

// Waits so long, and takes it off `patience_seconds`.
bool try_lock(int fd, double& patience_seconds) {
  for (; flock(fd, LOCK_EX | LOCK_NB) != 0; patience_seconds -= kPollSeconds) {
    if (errno != EWOULDBLOCK || patience_seconds <= 0.0) return false;
    wait_a_little();
  }
  return true;
}

// Of the board's controls one that another process holds; empty: none.
std::string held_control(const std::filesystem::path& root) {
  const std::string tree = root_text(root);
  std::vector<std::string> files =
      list_directory(tree + "/sys/devices/system/cpu/cpufreq", "policy");
  for (std::string& file : files) file += "/scaling_max_freq";
  const std::string gpu = find_gpu_devfreq(tree);
  if (!gpu.empty()) files.push_back(gpu + "/max_freq");
  const auto held = std::ranges::find_if(files, is_locked_for_writing);
  return held == files.end() ? std::string() : *held;
}

}  // namespace

void make_state_directory(const std::filesystem::path& directory) {
  if (directory.empty() || std::filesystem::is_directory(directory)) return;
  make_state_directory(directory.parent_path());
  if (mkdir(directory.c_str(), 0755) != 0) {
    const int reason = errno;
    if (reason == EEXIST && std::filesystem::is_directory(directory)) return;
    fail(reason == EEXIST ? ENOTDIR : reason, directory.string());
  }
  if (chmod(directory.c_str(), 0755) != 0) fail(errno, directory.string());
}

BoardLock::BoardLock(const std::filesystem::path& root, double patience_seconds) {
  const std::filesystem::path path = lock_path(root);
  make_state_directory(path.parent_path());
  const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  file_ = Descriptor(open(path.c_str(), flags, 0600));
  if (!file_.is_open()) fail(errno, path.string());
  struct stat info {};
  if (fstat(file_.get(), &info) != 0) fail(errno, path.string());
  if (!S_ISREG(info.st_mode)) fail(EINVAL, path.string() + ": not a regular file");
  if (!try_lock(file_.get(), patience_seconds)) {
    const int reason = errno == EWOULDBLOCK ? EBUSY : errno;
    fail(reason, path.string() + ": another process governs this board");
  }
  std::string held = held_control(root);
  for (; !held.empty() && patience_seconds > 0.0; patience_seconds -= kPollSeconds) {
    wait_a_little();
    held = held_control(root);
  }
  if (!held.empty()) fail(EBUSY, held + ": another process governs this board");
}

// A shared lock is refused while the daemon holds its own, and given back at once. Without its file
// the daemon's locks on the controls tell.
bool is_locked(const std::filesystem::path& root) {
  const std::filesystem::path path = lock_path(root);
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.is_open() && flock(file.get(), LOCK_SH | LOCK_NB) != 0) return errno == EWOULDBLOCK;
  return !held_control(root).empty();
}

}  // namespace flyball
