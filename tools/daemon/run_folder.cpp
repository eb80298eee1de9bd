#include "tools/daemon/run_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include "env/jetson/board_lock.h"

namespace flyball {

namespace {

constexpr std::size_t kFileBytes = 4096;
constexpr int kAttempts = 5;  // a reader may meet a writer, hardly five times in a row

std::filesystem::path status_path(const std::filesystem::path& root) {
  return root / "run/flyball/status";
}

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string());
}

void require_regular(const Descriptor& file, const std::filesystem::path& path) {
  struct stat info {};
  if (fstat(file.get(), &info) != 0) fail(path);
  if (S_ISREG(info.st_mode)) return;
  throw std::system_error(EINVAL, std::generic_category(),
                          path.string() + ": not a regular file; remove it");
}

// "TEXT\n#7\n" and blanks: the text is whole where both numbers are one.
std::optional<std::string> text_in(std::string_view bytes) {
  const std::size_t size = bytes.find('\n');
  if (size == std::string_view::npos || !bytes.starts_with('#')) return std::nullopt;
  const std::string_view number = bytes.substr(0, size);
  const std::string_view rest = bytes.substr(size + 1);
  const std::size_t end = rest.find(fmt::format("\n{}\n", number));
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(rest.substr(0, end));
}

}  // namespace

StatusFile::StatusFile(const std::filesystem::path& root) {
  const std::filesystem::path path = status_path(root);
  make_state_directory(path.parent_path());
  const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  file_ = Descriptor(open(path.c_str(), flags, 0644));
  if (!file_.is_open()) fail(path);
  require_regular(file_, path);
}

bool StatusFile::write(std::string_view text) noexcept {
  if (text.size() > kMostBytes) return false;
  std::array<char, kFileBytes> bytes;
  bytes.fill(' ');
  const unsigned number = ++sequence_;
  char* at = bytes.data();
  const auto put_number = [&] {
    *at++ = '#';
    at = std::to_chars(at, at + 16, number).ptr;
    *at++ = '\n';
  };
  put_number();
  std::memcpy(at, text.data(), text.size());
  at += text.size();
  *at++ = '\n';
  put_number();
  const ssize_t written = pwrite(file_.get(), bytes.data(), bytes.size(), 0);
  return written == static_cast<ssize_t>(bytes.size());
}

std::optional<std::string> read_status(const std::filesystem::path& root) {
  const std::filesystem::path path = status_path(root);
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    fail(path);
  }
  require_regular(file, path);
  std::array<char, kFileBytes> bytes;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const ssize_t size = pread(file.get(), bytes.data(), bytes.size(), 0);
    if (size < 0) fail(path);
    std::optional<std::string> text = text_in({bytes.data(), static_cast<std::size_t>(size)});
    if (text) return text;
  }
  return std::nullopt;
}

std::filesystem::path pause_path(const std::filesystem::path& root) {
  return root / "run/flyball/pause";
}

std::optional<double> read_pause(const std::string& path) noexcept {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) return std::nullopt;
  std::array<char, 64> text;
  const ssize_t size = read(file.get(), text.data(), text.size());
  double until = 0.0;
  if (size <= 0) return std::nullopt;
  const auto parsed = std::from_chars(text.data(), text.data() + size, until);
  if (parsed.ec != std::errc()) return std::nullopt;
  return until;
}

void write_pause(const std::filesystem::path& root, double until_seconds) {
  const std::filesystem::path path = pause_path(root);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const Descriptor file(open(path.c_str(), flags, 0644));
  if (!file.is_open()) fail(path);
  const std::string text = fmt::format("{:.3f}\n", until_seconds);
  if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) fail(path);
}

bool remove_pause(const std::filesystem::path& root) {
  const std::filesystem::path path = pause_path(root);
  if (unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  fail(path);
}

double steady_seconds() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace flyball
