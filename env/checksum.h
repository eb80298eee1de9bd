// CRC-32 as of zlib, PNG and Ethernet: against accidents, not against forgery. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>

namespace flyball {

// Of the bytes that came before, with `former` their checksum, and these; 0: none came before.
std::uint32_t crc32(std::uint32_t former, const void* data, std::size_t size) noexcept;

}  // namespace flyball
