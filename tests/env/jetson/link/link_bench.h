// A directory for a link, as a board's root has it, and the memory behind it for who means ill.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "env/jetson/link/flyball.h"
#include "tests/support/temporary_directory.h"

namespace flyball {

struct CloseLink {
  void operator()(FlyballLink* link) const { flyball_close(link); }
};
using LinkPointer = std::unique_ptr<FlyballLink, CloseLink>;

inline double steady_now() { return 1e-9 * static_cast<double>(flyball_now_ns()); }

// The sizes are copied into the link.
inline LinkPointer open_link_in(const std::string& directory, double deadline_seconds,
                                const std::vector<std::uint32_t>& sizes) {
  FlyballOptions options = {};
  options.directory = directory.c_str();
  options.deadline_seconds = deadline_seconds;
  options.batch_sizes = sizes.data();
  options.batch_size_count = static_cast<std::uint32_t>(sizes.size());
  return LinkPointer(flyball_open(&options));
}

class LinkBench {
 public:
  LinkBench() { std::filesystem::create_directories(directory()); }

  std::string root() const { return directory_.path().string(); }
  std::string directory() const { return root() + "/run/flyball/application"; }
  std::string file() const { return directory() + "/link"; }

  LinkPointer open(double deadline_seconds = 0.0,
                   const std::vector<std::uint32_t>& sizes = {}) const {
    return open_link_in(directory(), deadline_seconds, sizes);
  }

 private:
  TemporaryDirectory directory_;
};

// The link's memory, seen from outside.
class MappedLink {
 public:
  explicit MappedLink(const LinkBench& bench) {
    const int fd = ::open(bench.file().c_str(), O_RDWR | O_CLOEXEC);
    void* memory = mmap(nullptr, sizeof(FlyballMemory), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    memory_ = static_cast<FlyballMemory*>(memory);
  }
  ~MappedLink() { munmap(memory_, sizeof(FlyballMemory)); }
  MappedLink(const MappedLink&) = delete;
  MappedLink& operator=(const MappedLink&) = delete;

  FlyballMemory& operator*() const { return *memory_; }
  FlyballMemory* operator->() const { return memory_; }

 private:
  FlyballMemory* memory_;
};

}  // namespace flyball
