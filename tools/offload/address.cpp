#include "tools/offload/address.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <system_error>

namespace flyball {

Address parse_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) {
    throw std::invalid_argument(fmt::format("\"{}\": HOST:PORT expected", text));
  }
  Address address{text.substr(0, colon), text.substr(colon + 1)};
  std::uint16_t port = 0;
  const char* end = address.port.data() + address.port.size();
  const auto [stop, error] = std::from_chars(address.port.data(), end, port);
  if (error != std::errc{} || stop != end) {
    throw std::invalid_argument(
        fmt::format("\"{}\": the port must be a whole number in [0, 65535]", text));
  }
  std::string& host = address.host;
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  return address;
}

}  // namespace flyball
