#include "tools/field_options.h"

#include <cctype>

namespace flyball {

std::string option_text(const Field& field) {
  std::string text = field.about;
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  for (const std::string mark : {"; absent: ", "; empty: "}) {
    const std::size_t at = text.find(mark);
    if (at != std::string::npos) {
      return text.substr(0, at) + " (default: " + text.substr(at + mark.size()) + ")";
    }
  }
  return text;
}

}  // namespace flyball
