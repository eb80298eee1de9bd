#include "tools/offload/share_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <utility>

#include "env/errors.h"

namespace flyball {

std::optional<double> parse_share(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  if (begin == std::string::npos) return std::nullopt;
  double share = 0.0;
  const char* last = text.data() + end + 1;
  const auto [stop, error] = std::from_chars(text.data() + begin, last, share);
  const bool holds = error == std::errc{} && stop == last && share >= 0.0 && share <= 1.0;
  return holds ? std::optional(share) : std::nullopt;
}

ShareSource::ShareSource(std::string file) : file_(std::move(file)) {
  const std::optional<double> first = read();
  if (!first) throw DataError(fmt::format("{}: a number from 0 to 1 expected", file_));
  share_ = *first;
}

double ShareSource::share() {
  if (!file_.empty()) share_ = read().value_or(share_);
  return share_;
}

std::optional<double> ShareSource::read() const {
  const int descriptor = open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return std::nullopt;
  std::array<char, 64> text{};
  const ssize_t count = ::read(descriptor, text.data(), text.size());
  close(descriptor);
  if (count <= 0 || static_cast<std::size_t>(count) == text.size()) return std::nullopt;
  return parse_share(std::string(text.data(), static_cast<std::size_t>(count)));
}

}  // namespace flyball
