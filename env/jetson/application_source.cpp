#include "env/jetson/application_source.h"

#include <fmt/format.h>

#include "env/jetson/jetson_error.h"

namespace flyball {

ApplicationSource::ApplicationSource(const std::string& root, double patience_seconds)
    : link_(root, patience_seconds), files_(root, patience_seconds) {
  if (link_.present()) {
    way_ = ApplicationWay::kLink;
  } else if (files_.present()) {
    way_ = ApplicationWay::kFiles;
  }
}

std::string ApplicationSource::file() const {
  switch (way_) {
    case ApplicationWay::kLink: return link_.path();
    case ApplicationWay::kFiles: return files_.telemetry_path();
    case ApplicationWay::kNone: break;
  }
  return {};
}

std::vector<double> ApplicationSource::batch_levels() {
  switch (way_) {
    case ApplicationWay::kLink: return link_.batch_levels();
    case ApplicationWay::kFiles: return files_.batch_levels();
    case ApplicationWay::kNone: break;
  }
  return {};
}

std::unique_ptr<ControlFile> ApplicationSource::batch_control(HeldTable& table) const {
  if (way_ == ApplicationWay::kLink) {
    return std::make_unique<ControlFile>(link_.path(), table, FileOwner::kLink);
  }
  return std::make_unique<ControlFile>(files_.batch_path(), table, FileOwner::kApplication);
}

FileError ApplicationSource::read(double now_seconds,
                                  Stamped<ApplicationTelemetry>& telemetry) noexcept {
  const FileError by_link = link_.read(now_seconds, telemetry);
  const bool has_link = !is_gone(by_link.code) && by_link.code != JetsonError::kEnded;
  if (has_link) return by_link;
  const FileError by_files = files_.read(now_seconds, telemetry);
  const bool is_neither = is_gone(by_files.code) && way_ == ApplicationWay::kLink;
  return is_neither ? by_link : by_files;
}

std::string describe(ApplicationWay way, const std::string& file) {
  switch (way) {
    case ApplicationWay::kLink: return fmt::format("requests are reported by the link {}", file);
    case ApplicationWay::kFiles: return fmt::format("requests are reported by the file {}", file);
    case ApplicationWay::kNone: break;
  }
  return "no application reports its requests";
}

}  // namespace flyball
