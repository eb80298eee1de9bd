#include "env/excerpt.h"

#include <algorithm>

#include "env/printable.h"

namespace flyball {

namespace {

// At most `most` bytes, never a part of a UTF-8 character.
std::string_view first_bytes(std::string_view text, std::size_t most) {
  std::size_t end = std::min(most, text.size());
  const auto continues = [&text](std::size_t i) {
    return (static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80U;
  };
  while (end > 0 && end < text.size() && continues(end)) --end;
  return text.substr(0, end);
}

}  // namespace

std::string excerpt(std::string_view text, std::size_t most) {
  std::string result = printable(first_bytes(text, most));
  std::replace(result.begin(), result.end(), '\n', ' ');
  if (text.size() <= most && result.size() <= most) return result;
  return std::string(first_bytes(result, most)) + "...";
}

bool is_text(std::string_view line) {
  return std::none_of(line.begin(), line.end(), [](char c) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    return is_control && c != '\t' && c != '\r' && c != '\n' && c != '\f';
  });
}

}  // namespace flyball
