#include "env/jetson/backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "env/jetson/frequency_limits.h"
#include "env/jetson/jetson_error.h"
#include "env/jetson/sysfs_file.h"

namespace flyball {

namespace {

namespace fs = std::filesystem;

constexpr const char* kHeader = "flyball-backup 1";
constexpr mode_t kPrivateMode = 0600;

[[noreturn]] void fail(const fs::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string());
}

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string to_text(const std::vector<BackupRecord>& records) {
  std::string text = fmt::format("{}\n", kHeader);
  for (const BackupRecord& record : records) {
    text += record.max_path.empty() ? fmt::format("value {} {}\n", record.path, record.value)
                                    : fmt::format("limits {} {} {} {}\n", record.path, record.value,
                                                  record.max_path, record.max_value);
  }
  return text + fmt::format("end {}\n", records.size());
}

void write_synced(const fs::path& path, const std::string& text) {
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  const Descriptor file(open(path.c_str(), flags, kPrivateMode));
  if (file.get() < 0) fail(path);
  if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) fail(path);
  if (fsync(file.get()) != 0) fail(path);
}

void sync_directory(const fs::path& directory) {
  const Descriptor handle(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle.get() < 0) fail(directory);
  // Some file systems cannot sync a directory; then the rename is as durable as it gets.
  if (fsync(handle.get()) != 0 && errno != EINVAL && errno != ENOSYS) fail(directory);
}

// Read with the daemon's rights, so nobody else may have written it.
std::string read_trusted(const fs::path& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (file.get() < 0) fail(path);
  struct stat info {};
  if (fstat(file.get(), &info) != 0) fail(path);
  if (info.st_uid != geteuid() || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    throw std::runtime_error(fmt::format(
        "{}: owned or writable by somebody else; remove it if the clocks are as they should be",
        path.string()));
  }
  std::string text;
  char buffer[4096];
  ssize_t count = 0;
  while ((count = read(file.get(), buffer, sizeof buffer)) > 0) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  if (count < 0) fail(path);
  return text;
}

bool is_inside(const std::string& path) {
  return !path.empty() && path.front() != '/' && path.find("..") == std::string::npos;
}

bool parse_record(const std::string& line, BackupRecord& record) {
  std::istringstream words(line);
  std::string kind;
  std::string rest;
  words >> kind >> record.path >> record.value;
  if (kind == "limits") words >> record.max_path >> record.max_value;
  if ((kind != "value" && kind != "limits") || !words || words >> rest) return false;
  return is_inside(record.path) && (kind == "value" || is_inside(record.max_path));
}

std::error_code restore_value(const BackupRecord& record, const fs::path& root) {
  SysfsFile file((root / record.path).string());
  long long now = 0;
  if (const auto error = file.read(now)) return error;
  return now == record.value ? std::error_code{} : file.write_checked(record.value);
}

std::error_code restore_limits(const BackupRecord& record, const fs::path& root) {
  SysfsFile min_file((root / record.path).string());
  SysfsFile max_file((root / record.max_path).string());
  if (const auto error = write_limits(min_file, max_file, record.value, record.max_value)) {
    return error;
  }
  long long low = 0;
  long long high = 0;
  if (const auto error = min_file.read(low)) return error;
  if (const auto error = max_file.read(high)) return error;
  const bool taken = low == record.value && high == record.max_value;
  return taken ? std::error_code{} : JetsonError::kNotTaken;
}

}  // namespace

Backup::Backup(fs::path root, fs::path state_directory)
    : root_(std::move(root)),
      directory_(state_directory.empty() ? root_ / "run/flyball" : std::move(state_directory)),
      file_(directory_ / "backup") {
  fs::create_directories(directory_);
  const fs::path path = directory_ / "lock";
  lock_ = open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kPrivateMode);
  if (lock_ < 0) fail(path);
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno == EWOULDBLOCK ? EBUSY : errno;
    close(lock_);
    throw std::system_error(reason, std::generic_category(),
                            path.string() + ": another process governs this board");
  }
}

Backup::~Backup() {
  if (lock_ >= 0) close(lock_);
}

bool Backup::exists() const { return fs::exists(fs::symlink_status(file_)); }

void Backup::save(const std::vector<BackupRecord>& records) {
  const fs::path temporary = directory_ / "backup.new";
  write_synced(temporary, to_text(records));
  if (renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, file_.c_str(), RENAME_NOREPLACE) != 0) {
    const int reason = errno;
    unlink(temporary.c_str());
    throw std::system_error(reason, std::generic_category(), file_.string());
  }
  sync_directory(directory_);
}

std::vector<BackupRecord> Backup::load() const {
  std::istringstream text(read_trusted(file_));
  std::string line;
  std::size_t number = 1;
  const auto malformed = [&](const char* what) {
    return std::runtime_error(fmt::format("{}:{}: {}: \"{}\"", file_.string(), number, what, line));
  };
  if (!std::getline(text, line) || line != kHeader) {
    throw malformed("not a backup of this version of flyball");
  }
  std::vector<BackupRecord> records;
  while (++number, std::getline(text, line)) {
    if (line == fmt::format("end {}", records.size())) return records;
    BackupRecord record;
    if (!parse_record(line, record)) throw malformed("not a control");
    records.push_back(std::move(record));
  }
  throw malformed("the backup is cut short");
}

RestoreReport Backup::restore(const std::vector<BackupRecord>& records) const {
  RestoreReport report;
  for (const BackupRecord& record : records) {
    ++report.controls;
    const bool single = record.max_path.empty();
    const auto error = single ? restore_value(record, root_) : restore_limits(record, root_);
    if (error) {
      report.failures.push_back(
          fmt::format("{}: wanted {}{}: {}", (root_ / record.path).string(), record.value,
                      single ? "" : fmt::format(" to {}", record.max_value), error.message()));
    }
  }
  return report;
}

void Backup::remove() {
  if (unlink(file_.c_str()) != 0) fail(file_);
  sync_directory(directory_);
}

RestoreReport restore_from_backup(const fs::path& root, const fs::path& state_directory) {
  Backup backup(root, state_directory);
  if (!backup.exists()) return {};
  RestoreReport report = backup.restore(backup.load());
  if (report.succeeded()) backup.remove();
  return report;
}

}  // namespace flyball
