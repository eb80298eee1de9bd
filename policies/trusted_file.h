// Reading files that a root daemon obeys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace flyball {

enum class FileTrust : std::uint8_t {
  kAny,    // whatever may be read
  kOwned,  // not a symbolic link; owned by root or by us; not writable by group or others
};

// The whole content of a regular file. Throws std::system_error when it cannot be read,
// std::runtime_error when it is not a regular file, longer than `max_bytes` or not to be trusted.
std::string read_file(const std::filesystem::path& path, std::size_t max_bytes, FileTrust trust);

}  // namespace flyball
