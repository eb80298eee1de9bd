// Numbers with bounds, read from TOML. A bound stands where a larger number would cost gigabytes or
// minutes before anything is wrong.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "tools/toml_reader.h"

namespace flyball {

inline constexpr double kMostOfAnything = 1e18;
inline constexpr double kMostSeconds = 1e8;  // three years
inline constexpr double kLeastPeriodSeconds = 1e-3;
inline constexpr std::uint64_t kMostRequests = 1'000'000'000;
inline constexpr std::uint64_t kMostBatch = 65'536;

// Throws ConfigError when the number is there and not in (0, most].
inline std::optional<double> optional_positive(const TomlTable& table, std::string_view key,
                                               double most = kMostOfAnything) {
  const std::optional<double> value = table.optional<double>(key);
  if (value && !(*value > 0.0)) table.fail(key, "must be above 0");
  if (value && *value > most) {
    table.fail(key, fmt::format("must be above 0 and at most {:g}, is {:g}", most, *value));
  }
  return value;
}

// Throws ConfigError when it is absent, too.
inline double required_positive(const TomlTable& table, std::string_view key,
                                double most = kMostOfAnything) {
  const std::optional<double> value = optional_positive(table, key, most);
  if (!value) table.fail(key, "missing");
  return *value;
}

// Seconds between things that happen again and again. Throws ConfigError when the number is there
// and not in [kLeastPeriodSeconds, kMostSeconds].
inline std::optional<double> optional_period(const TomlTable& table, std::string_view key) {
  const std::optional<double> value = optional_positive(table, key, kMostSeconds);
  if (value && *value < kLeastPeriodSeconds) {
    table.fail(key, fmt::format("must be in [{:g}, {:g}], is {:g}", kLeastPeriodSeconds,
                                kMostSeconds, *value));
  }
  return value;
}

inline double required_period(const TomlTable& table, std::string_view key) {
  const std::optional<double> value = optional_period(table, key);
  if (!value) table.fail(key, "missing");
  return *value;
}

// A whole number. Throws ConfigError when it is there and not in [1, most].
inline std::optional<std::uint64_t> optional_count(const TomlTable& table, std::string_view key,
                                                   std::uint64_t most) {
  const std::optional<std::uint64_t> count = table.optional<std::uint64_t>(key);
  if (count && (*count < 1 || *count > most)) {
    table.fail(key, fmt::format("must be in [1, {}], is {}", most, *count));
  }
  return count;
}

inline std::uint64_t required_count(const TomlTable& table, std::string_view key,
                                    std::uint64_t most) {
  const std::optional<std::uint64_t> count = optional_count(table, key, most);
  if (!count) table.fail(key, "missing");
  return *count;
}

}  // namespace flyball
