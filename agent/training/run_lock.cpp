#include "agent/training/run_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "env/errors.h"

namespace flyball {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string() + ": cannot be locked");
}

// "process 4711", as far as its holder has said.
std::string holder_of(int file) {
  char text[32] = {};
  const ssize_t size = pread(file, text, sizeof text - 1, 0);
  if (size <= 0) return "another process";
  return fmt::format("process {}", std::strtoul(text, nullptr, 10));
}

// Whether the file still has its name: its directory may have been taken away meanwhile.
bool is_at(int file, const std::filesystem::path& path) {
  struct stat ours {};
  struct stat named {};
  return fstat(file, &ours) == 0 && stat(path.c_str(), &named) == 0 &&
         ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

Descriptor lock_file(const std::filesystem::path& path) {
  Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file.is_open()) fail(path);
  if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK) fail(path);
  throw DataError(
      fmt::format("{}: {} writes this run: wait until it has ended, or give another "
                  "--output",
                  path.parent_path().string(), holder_of(file.get())));
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / kRunLockFile;
  do {
    file_ = lock_file(path);
  } while (!is_at(file_.get(), path));
  const std::string id = fmt::format("{}\n", getpid());
  if (ftruncate(file_.get(), 0) != 0 || pwrite(file_.get(), id.data(), id.size(), 0) < 0) {
    fail(path);
  }
}

}  // namespace flyball
