#include "tools/jobs/shard.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace flyball {

namespace {

constexpr std::size_t kMostShards = 10'000;

std::optional<std::size_t> whole(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Shard parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos) {
    const auto index = whole(std::string_view(text).substr(0, slash));
    const auto count = whole(std::string_view(text).substr(slash + 1));
    if (index && count && *index >= 1 && *index <= *count && *count <= kMostShards) {
      return {*index - 1, *count};
    }
  }
  throw std::invalid_argument(
      fmt::format("\"{}\" is no shard: I/N with 1 <= I <= N <= {}, as 3/16", text, kMostShards));
}

}  // namespace flyball
