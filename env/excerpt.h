// A piece of a foreign text for a message: short, and safe to print on a terminal. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace flyball {

// Of free text that has a line of a report to itself.
constexpr std::size_t kLineBytes = 200;

// At most `most` bytes, then "..."; what is not printable is written out (env/printable.h).
std::string excerpt(std::string_view text, std::size_t most = 60);

// Whether the line is free of NUL and other control characters that no text holds.
bool is_text(std::string_view line);

}  // namespace flyball
