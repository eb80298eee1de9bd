#include "tools/daemon/run_log.h"

#include <fmt/format.h>

#include <exception>

namespace flyball {

namespace {

TelemetryLogOptions live() {
  TelemetryLogOptions options;
  options.live = true;
  return options;
}

}  // namespace

RunLog::RunLog(const std::string& path, const TelemetryLogHeader& header, Teller tell)
    : path_(path),
      tell_(std::move(tell)),
      writer_(std::make_unique<TelemetryLogWriter>(path, header, live())) {}

void RunLog::write(const TelemetryRow& row) {
  if (!writer_) return;
  try {
    writer_->write(row);
  } catch (const std::exception& error) {
    end(error.what());
  }
}

void RunLog::close() {
  if (!writer_) return;
  try {
    writer_->close();
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
