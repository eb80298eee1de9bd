#include "env/checksum.h"

#include <array>

namespace flyball {

namespace {

constexpr std::uint32_t kPolynomial = 0xEDB88320;  // reflected
constexpr std::size_t kAtOnce = 8;                 // bytes

// tables[n][b]: what byte b does to the remainder when n more bytes follow it.
using Tables = std::array<std::array<std::uint32_t, 256>, kAtOnce>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t remainder = b;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? kPolynomial : 0);
    }
    tables[0][b] = remainder;
  }
  for (std::size_t n = 1; n < kAtOnce; ++n) {
    for (std::size_t b = 0; b < 256; ++b) {
      const std::uint32_t before = tables[n - 1][b];
      tables[n][b] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

std::uint32_t crc32(std::uint32_t former, const void* data, std::size_t size) noexcept {
  const auto* bytes = static_cast<const unsigned char*>(data);
  std::uint32_t remainder = ~former;
  for (; size >= kAtOnce; size -= kAtOnce, bytes += kAtOnce) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < kAtOnce; ++i) {
      const std::uint32_t mixed = i < 4 ? (remainder >> (8 * i)) & 0xFF : 0;
      next ^= kTables[kAtOnce - 1 - i][bytes[i] ^ mixed];
    }
    remainder = next;
  }
  for (; size > 0; --size, ++bytes) {
    remainder = (remainder >> 8) ^ kTables[0][(remainder ^ *bytes) & 0xFF];
  }
  return ~remainder;
}

}  // namespace flyball
