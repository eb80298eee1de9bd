#include "env/jetson/backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "env/jetson/board_lock.h"
#include "env/jetson/domain_control.h"

namespace flyball {

namespace {

namespace fs = std::filesystem;

constexpr const char* kHeader = "flyball-backup 2";
constexpr const char* kFormerHeader = "flyball-backup 1";  // no boot, no checksum
constexpr const char* kTemporary = "backup.new";
constexpr mode_t kPrivateMode = 0600;
constexpr std::size_t kUsualBytes = 16384;

std::error_code last_error() { return {errno, std::generic_category()}; }

[[noreturn]] void fail(const fs::path& path) {
  throw std::system_error(last_error(), path.string());
}

// CRC-32 (IEEE 802.3), bit by bit: a backup is short.
std::uint32_t checksum(std::string_view text) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : text) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

std::string boot_id(const fs::path& root) {
  constexpr const char* kPath = "proc/sys/kernel/random/boot_id";
  for (const fs::path& path : {root / kPath, fs::path("/") / kPath}) {
    if (SysfsFile(path.string()).exists()) return read_text(path.string());
  }
  return "unknown";
}

// Read with the daemon's rights, so nobody else may have written it.
std::string read_trusted(const fs::path& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) fail(path);
  struct stat info {};
  if (fstat(file.get(), &info) != 0) fail(path);
  if (!S_ISREG(info.st_mode) || info.st_uid != geteuid() ||
      (info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
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

bool is_inside(std::string_view path) {
  return !path.empty() && path.front() != '/' && path.find("..") == std::string_view::npos;
}

// Up to the next `end` or the end of the text, which is taken off it.
std::string_view take_until(char end, std::string_view& text) {
  const std::size_t size = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(std::min(size + 1, text.size()));
  return taken;
}

bool take_number(std::string_view& line, long long& number) {
  const std::string_view word = take_until(' ', line);
  const char* const end = word.data() + word.size();
  const auto result = std::from_chars(word.data(), end, number);
  return result.ec == std::errc{} && result.ptr == end;
}

bool parse_record(std::string_view line, BackupRecord& record) {
  const std::string_view kind = take_until(' ', line);
  if (kind != "value" && kind != "limits") return false;
  record.path = take_until(' ', line);
  if (!is_inside(record.path) || !take_number(line, record.value)) return false;
  if (kind == "value") return line.empty();
  record.max_path = take_until(' ', line);
  return is_inside(record.max_path) && take_number(line, record.max_value) && line.empty();
}

class NobodyElse final : public ChangeListener {
 public:
  void changed(const std::string&, long long) noexcept override {}
};

bool is_application(std::string_view path) { return path.starts_with("run/flyball/application/"); }

FileOwner owner_of(std::string_view path) {
  if (!is_application(path)) return FileOwner::kKernel;
  return path == "run/flyball/application/link" ? FileOwner::kLink : FileOwner::kApplication;
}

// Whoever may write it could take the backup away, or put another one there.
void check_directory(int descriptor, const fs::path& path) {
  struct stat info {};
  if (fstat(descriptor, &info) != 0) fail(path);
  const bool is_ours = info.st_uid == 0 || info.st_uid == geteuid();
  if (is_ours && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0) return;
  throw std::system_error(EPERM, std::generic_category(),
                          path.string() +
                              ": owned or writable by somebody else, so the state to put back "
                              "is not safe there; name another --state");
}

// Whoever had a name there has it no longer.
bool is_removed(int descriptor) {
  struct stat info {};
  return fstat(descriptor, &info) != 0 || info.st_nlink == 0;
}

// What is there is replaced by what was saved.
std::error_code restore_record(const BackupRecord& record, const fs::path& root) {
  HeldTable table;
  NobodyElse nobody;
  const std::string path = (root / record.path).string();
  if (record.max_path.empty()) {
    ControlFile file(path, table, owner_of(record.path));
    if (const auto error = file.note()) return error.code;
    return file.set(record.value).code;
  }
  const auto limits = make_limits_control(path, (root / record.max_path).string(), 1.0, table);
  if (const auto error = limits->look(nobody)) return error.code;
  const FrequencyRange saved{static_cast<double>(record.value),
                             static_cast<double>(record.max_value)};
  return limits->set(saved).code;
}

}  // namespace

Backup::Backup(fs::path root, const fs::path& state_directory)
    : root_(std::move(root)),
      directory_(state_directory.empty() ? root_ / "run/flyball" : state_directory),
      file_(directory_ / "backup"),
      boot_(boot_id(root_)) {
  text_.reserve(kUsualBytes);
}

bool Backup::exists() const { return fs::exists(fs::symlink_status(file_)); }

void Backup::compose(std::span<const BackupRecord> records) {
  text_.clear();
  const auto out = std::back_inserter(text_);
  fmt::format_to(out, "{}\nboot {}\n", kHeader, boot_);
  for (const BackupRecord& record : records) {
    if (record.max_path.empty()) {
      fmt::format_to(out, "value {} {}\n", record.path, record.value);
    } else {
      fmt::format_to(out, "limits {} {} {} {}\n", record.path, record.value, record.max_path,
                     record.max_value);
    }
  }
  const std::uint32_t crc = checksum(text_);
  fmt::format_to(out, "end {} {:08x}\n", records.size(), crc);
}

std::error_code Backup::replace(unsigned rename_flags) noexcept {
  const int directory = directory_fd_.get();
  const auto give_up = [&] {
    const std::error_code error = last_error();
    unlinkat(directory, kTemporary, 0);
    return error;
  };
  unlinkat(directory, kTemporary, 0);  // of a writer that was killed, or a trap
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const Descriptor file(openat(directory, kTemporary, flags, kPrivateMode));
  if (!file.is_open()) return last_error();
  const ssize_t written = write(file.get(), text_.data(), text_.size());
  if (written >= 0 && written != static_cast<ssize_t>(text_.size())) errno = ENOSPC;
  if (written != static_cast<ssize_t>(text_.size()) || fsync(file.get()) != 0 ||
      renameat2(directory, kTemporary, directory, "backup", rename_flags) != 0) {
    return give_up();
  }
  // Some file systems cannot sync a directory; then the rename is as durable as it gets.
  const bool synced = fsync(directory) == 0 || errno == EINVAL || errno == ENOSYS;
  return synced ? std::error_code{} : last_error();
}

void Backup::open_directory() {
  make_state_directory(directory_);
  directory_fd_ = Descriptor(open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory_fd_.is_open()) fail(directory_);
  check_directory(directory_fd_.get(), directory_);
}

void Backup::save(std::span<const BackupRecord> records) {
  // Who saves again while governing must not allocate.
  if (!directory_fd_.is_open() || is_removed(directory_fd_.get())) open_directory();
  compose(records);
  if (const auto error = replace(RENAME_NOREPLACE)) throw std::system_error(error, file_.string());
}

std::error_code Backup::renew(std::span<const BackupRecord> records) noexcept {
  compose(records);
  return replace(0);
}

std::vector<BackupRecord> Backup::load() {
  loaded_ = read_trusted(file_);
  std::string_view text = loaded_;
  std::string_view line = take_until('\n', text);
  std::size_t number = 1;
  const auto malformed = [&](const char* what) {
    return std::runtime_error(
        fmt::format("{}:{}: {}: \"{}\"; remove it if the clocks are as they "
                    "should be",
                    file_.string(), number, what, line));
  };
  if (line != kHeader && line != kFormerHeader) {
    throw malformed("not a backup of this version of flyball");
  }
  const bool is_former = line == kFormerHeader;
  if (!is_former) {
    ++number;
    line = take_until('\n', text);
    if (!line.starts_with("boot ")) throw malformed("not a boot");
    is_of_this_boot_ = line.substr(5) == boot_;
  }
  std::vector<BackupRecord> records;
  while (++number, !text.empty()) {
    line = take_until('\n', text);
    if (line.starts_with("end ")) {
      const std::string_view before(loaded_.data(), line.data());
      const std::string count = fmt::format("end {}", records.size());
      const bool is_whole =
          line == (is_former ? count : fmt::format("{} {:08x}", count, checksum(before)));
      if (!is_whole) throw malformed("the count or the checksum is wrong");
      if (!is_of_this_boot_) records.clear();
      return records;
    }
    BackupRecord record;
    if (!parse_record(line, record)) throw malformed("not a control");
    records.push_back(record);
  }
  throw malformed("the backup is cut short");
}

RestoreReport Backup::restore(std::span<const BackupRecord> records) const {
  RestoreReport report;
  for (const BackupRecord& record : records) {
    ++report.controls;
    const std::error_code error = restore_record(record, root_);
    if (!error) continue;
    const std::string path = (root_ / record.path).string();
    report.waits |= is_offline(error);
    if (is_gone(error) || is_application(record.path)) {
      report.remarks.push_back(not_put_back(path, error));
      continue;
    }
    report.failures.push_back(fmt::format(
        "{}: wanted {}{}: {}", path, record.value,
        record.max_path.empty() ? "" : fmt::format(" to {}", record.max_value), error.message()));
  }
  return report;
}

std::error_code Backup::remove() noexcept {
  const int result =
      directory_fd_.is_open() ? unlinkat(directory_fd_.get(), "backup", 0) : unlink(file_.c_str());
  return result == 0 || errno == ENOENT ? std::error_code{} : last_error();
}

std::string not_put_back(const std::string& file, const std::error_code& error) {
  if (is_offline(error)) {
    return fmt::format(
        "{}: its CPUs are offline and it keeps what was set last: `flyballd restore` puts it back "
        "once they are online",
        file);
  }
  return is_gone(error)
             ? fmt::format("{}: no longer there, so nothing of it needs putting back", file)
             : fmt::format("{}: {}: left as the application has it", file, error.message());
}

RestoreReport replay(Backup& backup) {
  if (!backup.exists()) return {};
  RestoreReport report = backup.restore(backup.load());
  if (!backup.is_of_this_boot()) {
    report.remarks.push_back(backup.path().string() +
                             ": of a former boot, whose clocks are gone: nothing to put back");
  }
  if (!report.succeeded() || report.waits) return report;
  if (const auto error = backup.remove()) {
    report.remarks.push_back(
        fmt::format("{}: cannot be removed: {}", backup.path().string(), error.message()));
  }
  return report;
}

RestoreReport restore_from_backup(const fs::path& root, const fs::path& state_directory) {
  Backup backup(root, state_directory);
  // Who governs may keep the state elsewhere.
  if (!backup.exists() && !is_locked(root)) return {};
  const BoardLock lock(root);
  return replay(backup);
}

}  // namespace flyball
