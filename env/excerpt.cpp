#include "env/excerpt.h"

#include <algorithm>

#include "env/printable.h"

namespace flyball {

std::string excerpt(std::string_view text, std::size_t most) {
  std::string result = printable(text.substr(0, most));
  std::replace(result.begin(), result.end(), '\n', ' ');
  if (text.size() <= most && result.size() <= most) return result;
  result.resize(std::min(result.size(), most));
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  while (!result.empty() && !is_ascii(result.back()))
    result.pop_back();  // perhaps half a character
  return result + "...";
}

bool is_text(std::string_view line) {
  return std::none_of(line.begin(), line.end(), [](char c) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    return is_control && c != '\t' && c != '\r' && c != '\n' && c != '\f';
  });
}

}  // namespace flyball
