// The bytes of one execution as a file, for readers that take a path. Not thread-safe.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace flyball {

class FuzzFile {
 public:
  explicit FuzzFile(const std::string& suffix)
      : path_(std::filesystem::temp_directory_path() /
              ("flyball-fuzz-" + std::to_string(getpid()) + suffix)) {}
  ~FuzzFile() { unlink(path_.c_str()); }
  FuzzFile(const FuzzFile&) = delete;
  FuzzFile& operator=(const FuzzFile&) = delete;

  const std::string& write(const std::uint8_t* data, std::size_t size) const {
    const int file = open(path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0 || ::write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
    close(file);
    return path_;
  }

 private:
  std::string path_;
};

}  // namespace flyball
