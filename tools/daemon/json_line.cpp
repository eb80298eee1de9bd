#include "tools/daemon/json_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace flyball {

std::string json_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void JsonLine::put(std::string_view text) noexcept {
  if (size_ + text.size() <= bytes_.size()) std::copy(text.begin(), text.end(), &bytes_[size_]);
  size_ += text.size();
}

void JsonLine::open(char bracket) noexcept {
  if (size_ > 0 && size_ <= bytes_.size() && bytes_[size_ - 1] == '}') put(",");
  put({&bracket, 1});
}

void JsonLine::close(char bracket) noexcept { put({&bracket, 1}); }

void JsonLine::key(std::string_view name) noexcept {
  const bool is_first = size_ == 0 || size_ > bytes_.size() || bytes_[size_ - 1] == '{';
  put(is_first ? "\"" : ",\"");
  put(name);
  put("\":");
}

void JsonLine::raw(std::string_view json) noexcept { put(json); }

void JsonLine::value(double number) noexcept {
  if (!std::isfinite(number)) return raw("null");
  std::array<char, 32> digits;
  const auto end = fmt::format_to_n(digits.data(), digits.size(), "{}", number);
  put({digits.data(), std::min(end.size, digits.size())});
}

void JsonLine::value_of(long long number) noexcept {
  const fmt::format_int digits(number);
  put({digits.data(), digits.size()});
}

std::optional<std::string_view> JsonLine::text() const noexcept {
  if (size_ > bytes_.size()) return std::nullopt;
  return std::string_view(bytes_.data(), size_);
}

}  // namespace flyball
