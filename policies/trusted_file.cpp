#include "policies/trusted_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace flyball {

namespace {

// An open file descriptor, closed with the object.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail_system(const std::filesystem::path& path, const char* what) {
  throw std::system_error(errno, std::generic_category(),
                          fmt::format("{}: cannot {}", path.string(), what));
}

void check_trusted(const std::filesystem::path& path, const struct stat& status) {
  if (status.st_uid != 0 && status.st_uid != geteuid()) {
    throw std::runtime_error(fmt::format("{}: owned by user {}; root or user {} expected: chown it",
                                         path.string(), status.st_uid, geteuid()));
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    throw std::runtime_error(
        fmt::format("{}: mode {:03o}: writable by group or others; run chmod "
                    "go-w on it",
                    path.string(), status.st_mode & 0777U));
  }
}

}  // namespace

std::string read_file(const std::filesystem::path& path, std::size_t max_bytes, FileTrust trust) {
  // O_NONBLOCK: a FIFO in the file's place must not stop us before we have seen what it is.
  const int follow = trust == FileTrust::kOwned ? O_NOFOLLOW : 0;
  const Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | follow));
  if (fd.get() < 0 && errno == ELOOP && follow != 0) {
    throw std::runtime_error(path.string() + ": a symbolic link; name the file itself");
  }
  if (fd.get() < 0) fail_system(path, "open");
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) fail_system(path, "examine");
  if (!S_ISREG(status.st_mode)) throw std::runtime_error(path.string() + ": not a regular file");
  if (trust == FileTrust::kOwned) check_trusted(path, status);
  std::string bytes;
  char block[65536];
  while (true) {
    const ssize_t got = read(fd.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_system(path, "read");
    if (got == 0) return bytes;
    bytes.append(block, static_cast<std::size_t>(got));
    if (bytes.size() > max_bytes) {
      throw std::runtime_error(
          fmt::format("{}: longer than {} bytes, the most expected", path.string(), max_bytes));
    }
  }
}

}  // namespace flyball
