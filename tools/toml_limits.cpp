#include "tools/toml_limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace flyball {

namespace {

// The end of the string that begins at `begin` with a quotation mark; that of the line where a
// string of one line, that of the text where one of several is not closed.
std::size_t end_of_string(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  const std::string fence(3, quote);
  const bool is_long = text.substr(begin).starts_with(fence);
  const std::string_view close = is_long ? std::string_view(fence) : text.substr(begin, 1);
  for (std::size_t at = begin + close.size(); at < text.size(); ++at) {
    if (text.substr(at).starts_with(close)) return at + close.size();
    if (!is_long && text[at] == '\n') return at;
    if (quote == '"' && text[at] == '\\') ++at;
  }
  return text.size();
}

TomlExcess excess_at(std::string_view text, std::size_t at, std::string what) {
  const std::string_view before = text.substr(0, at);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return {static_cast<std::uint32_t>(lines + 1), static_cast<std::uint32_t>(at - line_begin + 1),
          std::move(what)};
}

}  // namespace

std::optional<TomlExcess> find_excess(std::string_view text) {
  if (text.size() > kMaxTomlBytes) {
    return TomlExcess{1, 1, fmt::format("longer than {} bytes, the most allowed", kMaxTomlBytes)};
  }
  std::size_t depth = 0;
  std::size_t parts = 1;  // of the key, if it is one, that the place is in
  for (std::size_t at = 0; at < text.size(); ++at) {
    switch (text[at]) {
      case '"':
      case '\'': at = end_of_string(text, at) - 1; break;
      case '#': at = std::min(text.find('\n', at), text.size()) - 1; break;
      case '[':
      case '{':
        ++depth;
        parts = 1;
        break;
      case ']':
      case '}': depth -= depth > 0 ? 1 : 0; break;
      case '.': ++parts; break;
      case '=':
      case ',':
      case '\n': parts = 1; break;
      default: break;
    }
    if (parts > kMaxKeyParts) {
      return excess_at(text, at,
                       fmt::format("a key of more than {} parts, the most allowed", kMaxKeyParts));
    }
    if (depth > kMaxTomlDepth) {
      return excess_at(text, at,
                       fmt::format("arrays and inline tables nested more than {} deep, the most "
                                   "allowed",
                                   kMaxTomlDepth));
    }
  }
  return std::nullopt;
}

}  // namespace flyball
