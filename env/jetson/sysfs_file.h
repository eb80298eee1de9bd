// One file of the board, on cached descriptors. Reading and writing allocate nothing and throw
// nothing. Not thread-safe; movable.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace flyball {

// Whose file it is. The kernel's are what their names say; an application owns its directory and
// may put anything there, so its files are written only where they are its own and nobody else's.
// A link is such a file, too; its number is the recommended batch size (link/link_batch.h).
enum class FileOwner : std::uint8_t { kKernel, kApplication, kLink };

// Never follows a link in the last place and never waits for what is no regular file.
class SysfsFile {
 public:
  SysfsFile() = default;
  explicit SysfsFile(std::string path, FileOwner owner = FileOwner::kKernel)
      : path_(std::move(path)), owner_(owner) {}
  ~SysfsFile() { close(); }
  SysfsFile(SysfsFile&& other) noexcept;
  SysfsFile& operator=(SysfsFile&& other) noexcept;

  const std::string& path() const { return path_; }
  bool exists() const noexcept;
  // Opens for reading and for writing now and keeps both: refusals come here.
  [[nodiscard]] std::error_code open_both() noexcept;
  // Shows other processes that this one writes the kernel's file, until it is closed here and in
  // every process that was forked since (is_locked_for_writing()). Requires: it is open.
  void lock_for_writing() noexcept;
  // Lets go of a file that no longer has the name: an application may have written a new one.
  void follow_name() noexcept;

  // Reads from offset 0; `text` lies in `buffer`, without trailing blanks and newline. A file that
  // vanished and came back (a CPU taken offline) is opened again.
  [[nodiscard]] std::error_code read(std::span<char> buffer, std::string_view& text) noexcept;
  // The file's first number; JetsonError::kMalformed when there is none.
  [[nodiscard]] std::error_code read(long long& number) noexcept;

  // One write at offset 0, as the kernel expects a value.
  [[nodiscard]] std::error_code write(std::string_view text) noexcept;
  [[nodiscard]] std::error_code write(long long number) noexcept;
  // Writes and reads back; JetsonError::kNotTaken when another value took effect.
  [[nodiscard]] std::error_code write_checked(long long number) noexcept;

 private:
  std::error_code open_for_reading() noexcept;
  std::error_code open_for_writing() noexcept;
  std::error_code open_checked(int flags, int& fd) noexcept;
  void close() noexcept;

  std::string path_;
  FileOwner owner_ = FileOwner::kKernel;
  int read_fd_ = -1;
  int write_fd_ = -1;
  bool truncate_ = false;  // an ordinary file keeps the tail of a longer value; the kernel's do not
};

// Whether another process called lock_for_writing() on it. Only who may write a file can: to be
// able to read it is not enough to keep others from it.
bool is_locked_for_writing(const std::string& path) noexcept;

// Opens a regular file, following no link in the last place and waiting for nothing.
[[nodiscard]] std::error_code open_regular(const std::string& path, int flags, int& fd) noexcept;

// Whether `path` still names the open file `fd`; true where that cannot be seen.
bool has_name(int fd, const std::string& path) noexcept;

// The first number in `text`, leading blanks skipped; false when there is none.
bool parse_number(std::string_view text, long long& number) noexcept;

// The file's text without trailing blanks and newline. Throws std::system_error naming the path.
std::string read_text(const std::string& path);

// The same; empty where the file is not there, or goes while it is read (a CPU taken offline).
std::string read_text_if_any(const std::string& path);

// The same for what names a sensor; where it cannot be read, or is empty, the path is added to
// `unreadable` and there is no text.
std::string read_label(const std::string& path, std::vector<std::string>& unreadable);

// Numbers separated by blanks, as in scaling_available_frequencies; stops at the first other word.
std::vector<double> parse_numbers(std::string_view text);

}  // namespace flyball
