#include "env/jetson/sysfs_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "env/jetson/file_error.h"
#include "env/jetson/jetson_error.h"
#include "env/jetson/link/link_batch.h"

namespace flyball {

namespace {

std::error_code last_error() { return {errno, std::generic_category()}; }

bool vanished(const std::error_code& error) {
  return error == std::errc::no_such_device || error.value() == ESTALE;
}

// Advisory, of the open file and not of the process.
struct flock whole_file() {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return whole;
}

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\0'; }

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// False for the kernel's own trees, whose files take a whole value at each write.
bool is_ordinary_file(int fd) {
  struct statfs info {};
  if (fstatfs(fd, &info) != 0) return true;
  return info.f_type != SYSFS_MAGIC && info.f_type != DEBUGFS_MAGIC;
}

// A second name of somebody else's file, or a file in a directory that is not its owner's, would
// let one user have another's file written.
std::error_code check_owner(const std::string& path, const struct stat& file) {
  const std::size_t slash = path.rfind('/');
  struct stat directory {};
  if (lstat(path.substr(0, slash).c_str(), &directory) != 0) return last_error();
  const bool is_its_own = S_ISDIR(directory.st_mode) && file.st_uid == directory.st_uid;
  return is_its_own && file.st_nlink == 1 ? std::error_code{} : JetsonError::kNotOwned;
}

}  // namespace

SysfsFile::SysfsFile(SysfsFile&& other) noexcept
    : path_(std::move(other.path_)),
      owner_(other.owner_),
      read_fd_(std::exchange(other.read_fd_, -1)),
      write_fd_(std::exchange(other.write_fd_, -1)),
      truncate_(other.truncate_) {}

SysfsFile& SysfsFile::operator=(SysfsFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(owner_, other.owner_);
  std::swap(read_fd_, other.read_fd_);
  std::swap(write_fd_, other.write_fd_);
  std::swap(truncate_, other.truncate_);
  return *this;
}

void SysfsFile::close() noexcept {
  if (read_fd_ >= 0) ::close(std::exchange(read_fd_, -1));
  if (write_fd_ >= 0) ::close(std::exchange(write_fd_, -1));
}

bool SysfsFile::exists() const noexcept { return access(path_.c_str(), F_OK) == 0; }

std::error_code SysfsFile::open_both() noexcept {
  if (const auto error = open_for_reading()) return error;
  return open_for_writing();
}

void SysfsFile::lock_for_writing() noexcept {
  if (owner_ != FileOwner::kKernel) return;
  struct flock whole = whole_file();
  static_cast<void>(fcntl(write_fd_, F_OFD_SETLK, &whole));  // where it has it, it has it
}

void SysfsFile::follow_name() noexcept {
  const int fd = read_fd_ >= 0 ? read_fd_ : write_fd_;
  if (fd >= 0 && !has_name(fd, path_)) close();
}

std::error_code SysfsFile::open_checked(int flags, int& fd) noexcept {
  if (const auto error = open_regular(path_, flags, fd)) return error;
  if (owner_ == FileOwner::kKernel) return {};
  struct stat info {};
  std::error_code error;
  if (flags != O_RDONLY && fstat(fd, &info) != 0) error = last_error();
  if (!error && flags != O_RDONLY) error = check_owner(path_, info);
  if (!error && owner_ == FileOwner::kLink) error = check_link_file(fd);
  if (error) ::close(std::exchange(fd, -1));
  return error;
}

std::error_code SysfsFile::open_for_reading() noexcept {
  return read_fd_ >= 0 ? std::error_code{} : open_checked(O_RDONLY, read_fd_);
}

std::error_code SysfsFile::open_for_writing() noexcept {
  if (write_fd_ >= 0) return {};
  // To be checked a link must be read, too.
  const int flags = owner_ == FileOwner::kLink ? O_RDWR : O_WRONLY;
  if (const auto error = open_checked(flags, write_fd_)) return error;
  truncate_ = is_ordinary_file(write_fd_);
  return {};
}

std::error_code SysfsFile::read(std::span<char> buffer, std::string_view& text) noexcept {
  for (int attempt = 0;; ++attempt) {
    std::error_code error = open_for_reading();
    if (!error) {
      const ssize_t count = pread(read_fd_, buffer.data(), buffer.size(), 0);
      if (count >= 0) {
        text = trim_end({buffer.data(), static_cast<std::size_t>(count)});
        return {};
      }
      error = last_error();
    }
    if (attempt > 0 || !vanished(error)) return error;
    close();
  }
}

std::error_code SysfsFile::read(long long& number) noexcept {
  if (owner_ == FileOwner::kLink) {
    const std::error_code error = open_for_reading();
    return error ? error : read_recommended_batch(read_fd_, number);
  }
  std::array<char, 64> buffer;
  std::string_view text;
  if (const auto error = read(buffer, text)) return error;
  return parse_number(text, number) ? std::error_code{} : JetsonError::kMalformed;
}

std::error_code SysfsFile::write(std::string_view text) noexcept {
  for (int attempt = 0;; ++attempt) {
    std::error_code error = open_for_writing();
    if (!error) {
      const ssize_t count = pwrite(write_fd_, text.data(), text.size(), 0);
      if (count == static_cast<ssize_t>(text.size())) {
        // Cut afterwards, so that the file holds a number at every moment.
        return truncate_ && ftruncate(write_fd_, count) != 0 ? last_error() : std::error_code{};
      }
      error = count < 0 ? last_error() : std::make_error_code(std::errc::io_error);
    }
    if (attempt > 0 || !vanished(error)) return error;
    close();
  }
}

std::error_code SysfsFile::write(long long number) noexcept {
  if (owner_ == FileOwner::kLink) {
    const std::error_code error = open_for_writing();
    return error ? error : write_recommended_batch(write_fd_, number);
  }
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size() - 1, number).ptr;
  *end = '\n';
  return write(std::string_view(buffer.data(), static_cast<std::size_t>(end + 1 - buffer.data())));
}

std::error_code SysfsFile::write_checked(long long number) noexcept {
  if (const auto error = write(number)) return error;
  long long taken = 0;
  if (const auto error = read(taken)) return error;
  return taken == number ? std::error_code{} : JetsonError::kNotTaken;
}

bool is_locked_for_writing(const std::string& path) noexcept {
  int fd = -1;
  if (open_regular(path, O_RDONLY, fd)) return false;
  struct flock other = whole_file();
  const bool is_known = fcntl(fd, F_OFD_GETLK, &other) == 0;
  ::close(fd);
  return is_known && other.l_type == F_WRLCK;
}

// O_NONBLOCK: opening a FIFO must not wait before we have seen what it is.
std::error_code open_regular(const std::string& path, int flags, int& fd) noexcept {
  fd = open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return last_error();
  struct stat info {};
  std::error_code error;
  if (fstat(fd, &info) != 0) error = last_error();
  if (!error && !S_ISREG(info.st_mode)) error = JetsonError::kNotRegular;
  if (error) ::close(std::exchange(fd, -1));
  return error;
}

bool has_name(int fd, const std::string& path) noexcept {
  struct stat named {};
  struct stat opened {};
  if (lstat(path.c_str(), &named) != 0) return errno != ENOENT;
  return fstat(fd, &opened) == 0 && named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
}

bool parse_number(std::string_view text, long long& number) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{};
}

std::string read_text(const std::string& path) {
  SysfsFile file(path);
  std::array<char, 4096> buffer;
  std::string_view text;
  if (const auto error = file.read(buffer, text)) throw std::system_error(error, path);
  return std::string(text);
}

std::string read_text_if_any(const std::string& path) {
  try {
    return read_text(path);
  } catch (const std::system_error& error) {
    if (!is_gone(error.code())) throw;
    return {};
  }
}

std::string read_label(const std::string& path, std::vector<std::string>& unreadable) {
  std::string text;
  try {
    text = read_text(path);
  } catch (const std::system_error&) {  // no text tells
  }
  if (text.empty()) unreadable.push_back(path);
  return text;
}

std::vector<double> parse_numbers(std::string_view text) {
  std::vector<double> numbers;
  while (true) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    double number = 0.0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    if (result.ec != std::errc{}) return numbers;
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(result.ptr - text.data()));
  }
}

}  // namespace flyball
