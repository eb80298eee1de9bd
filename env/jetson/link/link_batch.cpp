#include "env/jetson/link/link_batch.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "env/jetson/jetson_error.h"
#include "env/jetson/link/flyball.h"

namespace flyball {

namespace {

constexpr off_t kPlace = offsetof(FlyballMemory, batch_recommended);
constexpr std::uint64_t kLargest = 0x7fffffff;

std::error_code result_of(ssize_t count, std::size_t wanted) {
  if (count < 0) return {errno, std::generic_category()};
  return static_cast<std::size_t>(count) == wanted ? std::error_code{} : JetsonError::kMalformed;
}

}  // namespace

std::error_code check_link_file(int fd) noexcept {
  FlyballMemory memory{};
  const ssize_t count = pread(fd, &memory, sizeof memory, 0);
  if (const auto error = result_of(count, sizeof memory)) return error;
  const bool is_link = std::memcmp(memory.magic, "flyball", sizeof memory.magic) == 0;
  if (!is_link) return JetsonError::kMalformed;
  const bool is_ours = memory.version == FLYBALL_LINK_VERSION && memory.size == sizeof memory;
  return is_ours ? std::error_code{} : JetsonError::kOtherVersion;
}

std::error_code read_recommended_batch(int fd, long long& size) noexcept {
  std::uint64_t number = 0;
  const ssize_t count = pread(fd, &number, sizeof number, kPlace);
  if (const auto error = result_of(count, sizeof number)) return error;
  size = static_cast<long long>(number & kLargest);
  return {};
}

std::error_code write_recommended_batch(int fd, long long size) noexcept {
  const auto number = static_cast<std::uint64_t>(size) & kLargest;
  return result_of(pwrite(fd, &number, sizeof number, kPlace), sizeof number);
}

}  // namespace flyball
