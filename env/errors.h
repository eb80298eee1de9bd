// Errors that a program reports to its user, by what is at fault. The message says where
// ("FILE:LINE", a key path), what is wrong and what is allowed; only the programs turn it into an
// exit code.
#pragma once

#include <stdexcept>

namespace flyball {

// A configuration is wrong: a file, a key, a value.
class ConfigError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Data are missing, damaged or do not fit: logs, datasets, measurements, checkpoints, policies.
class DataError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The user stopped what was under way before it had a result.
class Interrupted : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace flyball
