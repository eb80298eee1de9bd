// What of a TOML document would make its reader recurse or work without bound, found before it is
// parsed: the parser descends once per part of a dotted key. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flyball {

inline constexpr std::size_t kMaxTomlBytes = std::size_t{4} << 20;
inline constexpr std::size_t kMaxKeyParts = 16;   // "gpu.podgov.load" has three
inline constexpr std::size_t kMaxTomlDepth = 16;  // arrays and inline tables in one another

struct TomlExcess {
  std::uint32_t line = 0;    // both from 1
  std::uint32_t column = 0;  // bytes
  std::string what;          // and what is allowed
};

// The first place that exceeds one of the bounds. Linear in the text's length.
std::optional<TomlExcess> find_excess(std::string_view text);

}  // namespace flyball
