// Numbers that must be above zero, read from TOML.
#pragma once

#include <cmath>
#include <optional>
#include <string_view>

#include "tools/toml_reader.h"

namespace flyball {

// Throws ConfigError when the number is there and not finite and above 0.
inline std::optional<double> optional_positive(const TomlTable& table, std::string_view key) {
  const std::optional<double> value = table.optional<double>(key);
  if (value && !(std::isfinite(*value) && *value > 0.0)) table.fail(key, "must be above 0");
  return value;
}

// Throws ConfigError when it is absent, too.
inline double required_positive(const TomlTable& table, std::string_view key) {
  const std::optional<double> value = optional_positive(table, key);
  if (!value) table.fail(key, "missing");
  return *value;
}

}  // namespace flyball
