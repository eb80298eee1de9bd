#include "env/jetson/application_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <type_traits>

#include "env/jetson/jetson_error.h"

namespace flyball {

namespace {

struct CountKey {
  std::string_view name;
  std::uint64_t ApplicationTelemetry::*field;
};

constexpr CountKey kCounts[] = {
    {"arrived", &ApplicationTelemetry::arrived},
    {"served", &ApplicationTelemetry::served},
    {"missed", &ApplicationTelemetry::missed},
    {"batches", &ApplicationTelemetry::batches},
    {"queue_length", &ApplicationTelemetry::queue_length},
};

struct OptionalKey {
  std::string_view name;
  std::optional<double> ApplicationTelemetry::*field;
};

constexpr OptionalKey kOptionals[] = {
    {"latency_mean_seconds", &ApplicationTelemetry::latency_mean_seconds},
    {"latency_p95_seconds", &ApplicationTelemetry::latency_p95_seconds},
    {"latency_max_seconds", &ApplicationTelemetry::latency_max_seconds},
    {"deadline_seconds", &ApplicationTelemetry::deadline_seconds},
    {"slack_seconds", &ApplicationTelemetry::slack_seconds},
    {"batch_recommended", &ApplicationTelemetry::batch_recommended},
    {"batch_effective", &ApplicationTelemetry::batch_effective},
};

// All counts, stamp_seconds and in_system_seconds.
constexpr unsigned kRequired = (1U << (std::size(kCounts) + 2)) - 1;
constexpr unsigned kStampBit = 1U << std::size(kCounts);
constexpr unsigned kInSystemBit = kStampBit << 1;

template <typename T>
bool parse(std::string_view text, T& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return false;
  return !std::is_floating_point_v<T> || std::isfinite(static_cast<double>(value));
}

struct Parser {
  double& stamp_seconds;
  ApplicationTelemetry& application;
  unsigned seen = 0;

  bool take(std::string_view key, std::string_view value) {
    for (std::size_t i = 0; i < std::size(kCounts); ++i) {
      if (key != kCounts[i].name) continue;
      seen |= 1U << i;
      return parse(value, application.*kCounts[i].field);
    }
    for (const OptionalKey& optional : kOptionals) {
      if (key == optional.name) return parse(value, (application.*optional.field).emplace());
    }
    if (key == "stamp_seconds") {
      seen |= kStampBit;
      return parse(value, stamp_seconds);
    }
    if (key == "in_system_seconds") {
      seen |= kInSystemBit;
      return parse(value, application.in_system_seconds);
    }
    if (key == "finished") {
      application.finished = value == "1";
      return value == "0" || value == "1";
    }
    return true;
  }
};

}  // namespace

ApplicationFiles::ApplicationFiles(const std::string& root, double patience_seconds)
    : patience_seconds_(patience_seconds),
      levels_path_(root + "/run/flyball/application/batch_levels"),
      batch_path_(root + "/run/flyball/application/batch_recommended"),
      telemetry_(root + "/run/flyball/application/telemetry") {
  present_ = telemetry_.exists();
}

std::vector<double> ApplicationFiles::batch_levels() const {
  if (!SysfsFile(levels_path_).exists()) return {};
  const std::string text = read_text(levels_path_);
  std::vector<double> levels = parse_numbers(text);
  const bool ascending = std::ranges::adjacent_find(levels, std::greater_equal<>()) == levels.end();
  if (levels.empty() || levels.front() < 1.0 || !ascending) {
    throw std::runtime_error(
        fmt::format("{}: \"{}\": must be ascending numbers >= 1", levels_path_, text));
  }
  return levels;
}

FileError ApplicationFiles::read(double now_seconds,
                                 Stamped<ApplicationTelemetry>& telemetry) noexcept {
  telemetry.clear();
  telemetry_.follow_name();
  std::string_view text;
  double stamp_seconds = 0.0;
  ApplicationTelemetry application;
  std::error_code error = telemetry_.read(buffer_, text);
  if (!error) error = parse_application(text, stamp_seconds, application);
  // A stamp of the future is of another clock.
  if (!error && std::abs(now_seconds - stamp_seconds) > patience_seconds_) {
    error = JetsonError::kStale;
  }
  if (error) return {error, telemetry_.path().c_str()};
  telemetry.refill(stamp_seconds) = application;
  return {};
}

std::error_code parse_application(std::string_view text, double& stamp_seconds,
                                  ApplicationTelemetry& application) noexcept {
  Parser parser{stamp_seconds, application};
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) {
      if (line.empty()) continue;
      return JetsonError::kMalformed;
    }
    if (!parser.take(line.substr(0, blank), line.substr(blank + 1))) return JetsonError::kMalformed;
  }
  return parser.seen == kRequired ? std::error_code{} : JetsonError::kIncomplete;
}

}  // namespace flyball
