#include "tools/daemon/run_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

#include "env/output_file.h"

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

constexpr std::size_t kParts = 4;

[[noreturn]] void fail(const std::string& path) {
  throw std::system_error(errno, std::generic_category(), path);
}

// Not through a link, as for every log that a daemon writes.
Descriptor open_part(const std::string& path) {
  const int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  Descriptor file(open(path.c_str(), flags, 0644));
  if (!file.is_open() && errno == ELOOP) {
    throw std::system_error(ELOOP, std::generic_category(), path + ": a symbolic link");
  }
  if (!file.is_open()) fail(path);
  return file;
}

}  // namespace

std::vector<std::string> ring_paths(const std::string& path) {
  const std::filesystem::path first = path;
  std::vector<std::string> paths = {path};
  for (std::size_t i = 2; i <= kParts; ++i) {
    const std::string name =
        fmt::format("{}-{}{}", first.stem().string(), i, first.extension().string());
    paths.push_back((first.parent_path() / name).string());
  }
  return paths;
}

RunLog::RunLog(const std::string& path, const TelemetryLogHeader& header, Teller tell,
               std::optional<std::uint64_t> most_bytes)
    : path_(path),
      header_(header),
      tell_(std::move(tell)),
      part_bytes_(most_bytes ? *most_bytes / kParts : 0) {
  if (most_bytes) {
    open_parts(path);
    begin(0);
  } else {
    keep_former(path);
    writer_ = std::make_unique<TelemetryLogWriter>(path, header, live());
  }
}

// What a former run has written there is kept, each file as NAME.1.
void RunLog::open_parts(const std::string& path) {
  if (is_written_through(path)) {
    throw std::system_error(EINVAL, std::generic_category(),
                            path + ": a log with a limit must be a regular file");
  }
  for (const std::string& name : ring_paths(path)) {
    keep_former(name);
    parts_.push_back({name, open_part(name)});
  }
}

void RunLog::begin(std::size_t part) {
  part_ = part;
  path_ = parts_[part].path;
  const int file = parts_[part].file.get();
  if (ftruncate(file, 0) != 0 || lseek(file, 0, SEEK_SET) != 0) fail(path_);
  writer_ = std::make_unique<TelemetryLogWriter>(fmt::format("/dev/fd/{}", file), header_, live());
}

bool RunLog::is_full() const {
  struct stat info {};
  return part_bytes_ > 0 && fstat(parts_[part_].file.get(), &info) == 0 &&
         static_cast<std::uint64_t>(info.st_size) >= part_bytes_;
}

void RunLog::write(const TelemetryRow& row) {
  if (!writer_) return;
  try {
    if (is_full()) {
      writer_->close();
      begin((part_ + 1) % parts_.size());
    }
    writer_->write(row);
  } catch (const std::exception& error) {
    end(error.what());
  }
}

void RunLog::flush() {
  if (!writer_) return;
  try {
    writer_->flush();
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
    if (writer_) writer_->close(LogEnd::kInterrupted);
  } catch (const std::exception&) {  // the first reason is the one that was told
  }
  writer_.reset();
}

}  // namespace flyball
