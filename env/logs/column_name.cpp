#include "env/logs/column_name.h"

#include <cctype>
#include <cstddef>
#include <utility>

namespace flyball {

namespace {

// Signs that are a unit, or a part of one, in letters: both micro signs of Unicode, and %.
std::string with_units_in_letters(std::string_view column) {
  std::string text(column);
  for (const auto& [sign, letters] :
       {std::pair{"\u00b5", "u"}, std::pair{"\u03bc", "u"}, std::pair{"%", " pct "}}) {
    const std::string_view wanted(sign);
    for (std::size_t at = 0; (at = text.find(wanted, at)) != std::string::npos;) {
      text.replace(at, wanted.size(), letters);
    }
  }
  return text;
}

}  // namespace

std::string plain_column_name(std::string_view column) {
  std::string result;
  char before = '\0';
  for (const char c : with_units_in_letters(column)) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) == 0) {
      if (!result.empty() && result.back() != '_') result += '_';
    } else {
      const bool is_hump =
          std::isupper(byte) != 0 && std::islower(static_cast<unsigned char>(before)) != 0;
      // "(mW)", "[kHz]": a unit, and no two words.
      const bool is_unit = result.size() >= 2 && result[result.size() - 2] == '_';
      if (is_hump && !is_unit) result += '_';
      result += static_cast<char>(std::tolower(byte));
    }
    before = c;
  }
  while (result.ends_with('_')) result.pop_back();
  return result;
}

}  // namespace flyball
