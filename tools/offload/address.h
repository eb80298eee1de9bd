// Where a program of another machine listens: "host:port", "[::1]:port".
#pragma once

#include <string>

namespace flyball {

struct Address {
  std::string host;  // without brackets
  std::string port;  // a whole number up to 65535
};

// Throws std::invalid_argument saying what is wrong with it. Pure function.
Address parse_address(const std::string& text);

}  // namespace flyball
