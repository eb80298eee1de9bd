#include "tools/daemon/run_log.h"

#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <system_error>

namespace flyball {

namespace {

// What the last run wrote is there until the next but one.
void keep_former(const std::string& path) {
  std::error_code error;  // what cannot be moved is told when it cannot be written
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(path, error))) return;
  std::filesystem::rename(path, path + ".1", error);
}

TelemetryLogOptions live() {
  TelemetryLogOptions options;
  options.live = true;
  return options;
}

}  // namespace

RunLog::RunLog(const std::string& path, const TelemetryLogHeader& header, Teller tell)
    : path_(path), tell_(std::move(tell)) {
  keep_former(path);
  writer_ = std::make_unique<TelemetryLogWriter>(path, header, live());
}

void RunLog::write(const TelemetryRow& row) {
  if (!writer_) return;
  try {
    writer_->write(row);
  } catch (const std::exception& error) {
    end(error.what());
  }
}

void RunLog::close(LogEnd how) {
  if (!writer_) return;
  try {
    writer_->close(how);
    writer_.reset();
  } catch (const std::exception& error) {
    end(error.what());
  }
}

void RunLog::end(const char* reason) {
  if (tell_) tell_(fmt::format("{}; the log {} ends here, governing goes on", reason, path_));
  try {
    writer_->close(LogEnd::kInterrupted);
  } catch (const std::exception&) {  // the first reason is the one that was told
  }
  writer_.reset();
}

}  // namespace flyball
