#include "env/jetson/nvpmodel.h"

#include <charconv>
#include <cstddef>
#include <string_view>
#include <system_error>

namespace flyball {

std::optional<int> parse_nvpmodel_status(std::string_view text) {
  constexpr std::string_view kKey = "pmode:";
  const std::size_t at = text.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + kKey.size());
  int mode = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), mode);
  const bool ends = parsed.ptr == text.data() + text.size() || *parsed.ptr == ' ' ||
                    *parsed.ptr == '\n' || *parsed.ptr == '\r';
  if (parsed.ec != std::errc() || mode < 0 || !ends) return std::nullopt;
  return mode;
}

}  // namespace flyball
