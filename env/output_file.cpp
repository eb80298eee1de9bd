#include "env/output_file.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <system_error>

namespace flyball {

namespace {

constexpr int kMaxLinks = 40;  // as the kernel's own limit
constexpr std::size_t kCopyBytes = std::size_t{1} << 16;

// The open descriptor that a path names, as shells understand it.
std::optional<int> named_descriptor(const std::filesystem::path& path) {
  const std::string text = path.string();
  if (text == "-" || text == "/dev/stdout") return STDOUT_FILENO;
  if (text == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!text.starts_with(folder)) continue;
    int number = -1;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + folder.size(), end, number);
    if (error == std::errc{} && stop == end && number >= 0) return number;
  }
  return std::nullopt;
}

// Where the symbolic links at `path` lead; the last one may lead to nothing.
std::filesystem::path follow_links(std::filesystem::path path) {
  for (int i = 0; i < kMaxLinks && !named_descriptor(path); ++i) {
    std::error_code error;
    const std::filesystem::path target = std::filesystem::read_symlink(path, error);
    if (error) return path;
    path = target.is_absolute() ? target : path.parent_path() / target;
  }
  if (!named_descriptor(path) &&
      std::filesystem::is_symlink(std::filesystem::symlink_status(path))) {
    errno = ELOOP;
    throw std::system_error(errno, std::generic_category(), path.string());
  }
  return path;
}

bool is_regular_or_absent(const std::filesystem::path& target) {
  struct stat status = {};
  return stat(target.c_str(), &status) != 0 || S_ISREG(status.st_mode);
}

// A new file whose name nobody else has: O_EXCL follows no link that was put there.
int create_beside(const std::filesystem::path& target, mode_t mode, std::filesystem::path& name) {
  for (int i = 0;; ++i) {
    name = target;
    name += ".new-" + std::to_string(getpid()) + "-" + std::to_string(i);
    const int file = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file >= 0 || errno != EEXIST) return file;
  }
}

// Makes a rename in this directory survive a power cut; where the file system cannot, it cannot.
void sync_directory(const std::filesystem::path& directory) {
  const int file =
      open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  fsync(file);
  close(file);
}

}  // namespace

OutputFile::OutputFile(const std::filesystem::path& path, mode_t mode, OutputUse use)
    : use_(use), path_(path), target_(find_target(path)) {
  if (const std::optional<int> number = named_descriptor(target_)) {
    descriptor_ = fcntl(*number, F_DUPFD_CLOEXEC, 3);
  } else if (is_regular_or_absent(target_)) {
    open_unfinished(mode);
  } else {
    const int wait = use_ == OutputUse::kUnattended ? O_NONBLOCK | O_NOFOLLOW : 0;
    descriptor_ = open(target_.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC | wait);
    if (descriptor_ < 0 && errno == ENXIO) fail("nobody reads it");
  }
  if (descriptor_ < 0) fail("cannot be written");
}

std::filesystem::path OutputFile::find_target(const std::filesystem::path& path) const {
  if (use_ == OutputUse::kAttended || named_descriptor(path)) return follow_links(path);
  if (std::filesystem::is_symlink(std::filesystem::symlink_status(path))) {
    errno = ELOOP;
    fail("a symbolic link; name the file itself");
  }
  return path;
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!unfinished_.empty()) unlink(unfinished_.c_str());
  if (!scratch_.empty()) unlink(scratch_.c_str());
}

void OutputFile::open_unfinished(mode_t mode) {
  struct stat old = {};
  const bool replaces = stat(target_.c_str(), &old) == 0;
  if (replaces && access(target_.c_str(), W_OK) != 0) return;  // write-protected: errno says so
  std::filesystem::path name;
  descriptor_ = create_beside(target_, mode, name);
  if (descriptor_ < 0 && replaces) {  // the folder takes no new file: in place
    const int link = use_ == OutputUse::kUnattended ? O_NOFOLLOW : 0;
    descriptor_ = open(target_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | link);
    return;
  }
  if (descriptor_ < 0) return;
  unfinished_ = name;
  if (!replaces) return;
  // Where owner or mode cannot be kept the new content still counts.
  const bool kept = fchown(descriptor_, old.st_uid, old.st_gid) == 0;
  if (fchmod(descriptor_, old.st_mode & 0777) != 0 || !kept) errno = 0;
}

void OutputFile::write(std::string_view bytes) {
  if (write_some(bytes) < bytes.size()) fail("cannot be written");
}

void OutputFile::drain(std::string& buffer) {
  const std::size_t written = write_some(buffer);
  const int error = errno;
  const bool all = written == buffer.size();
  buffer.erase(0, written);
  errno = error;
  if (!all) fail("cannot be written");
}

// How many of `bytes` were written; fewer than all: errno says why.
std::size_t OutputFile::write_some(std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    std::size_t part = bytes.size() - done;
    if (use_ == OutputUse::kUnattended) {
      part = std::min<std::size_t>(part, PIPE_BUF);
      errno = EAGAIN;
      if (!takes_more(descriptor_)) break;
    }
    const ssize_t written = ::write(descriptor_, bytes.data() + done, part);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    done += static_cast<std::size_t>(written);
  }
  return done;
}

const std::filesystem::path& OutputFile::scratch() {
  if (!unfinished_.empty()) return unfinished_;
  if (!scratch_.empty()) return scratch_;
  std::string name = std::filesystem::temp_directory_path() / "flyball-XXXXXX";
  const int file = mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) fail("no temporary file can be made");
  close(file);
  scratch_ = name;
  return scratch_;
}

void OutputFile::copy_scratch() {
  const int from = open(scratch_.c_str(), O_RDONLY | O_CLOEXEC);
  if (from < 0) fail("the temporary file cannot be read");
  std::string block(kCopyBytes, '\0');
  ssize_t got = 0;
  try {
    while ((got = read(from, block.data(), block.size())) > 0) {
      write(std::string_view(block).substr(0, static_cast<std::size_t>(got)));
    }
  } catch (...) {
    close(from);
    throw;
  }
  close(from);
  if (got < 0) fail("the temporary file cannot be read");
}

void OutputFile::replace() {
  // A library may have made the file anew under its name: what is synced is the name's.
  const int file = open(unfinished_.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && fsync(file) == 0;
  if (file >= 0) close(file);
  if (!synced) fail("cannot be written");
  if (rename(unfinished_.c_str(), target_.c_str()) != 0) fail("cannot be replaced");
  unfinished_.clear();
  sync_directory(target_.parent_path());
}

void OutputFile::commit() {
  if (!scratch_.empty()) copy_scratch();
  if (!unfinished_.empty()) replace();
}

void OutputFile::fail(const std::string& what) const {
  throw std::system_error(errno, std::generic_category(), path_.string() + ": " + what);
}

bool takes_more(int descriptor) noexcept {
  pollfd wanted{descriptor, POLLOUT, 0};
  return poll(&wanted, 1, 0) != 0;  // what cannot be asked says so itself
}

void require_writable(const std::filesystem::path& path) {
  const std::filesystem::path target = follow_links(path);
  if (named_descriptor(target)) return;
  struct stat status = {};
  if (stat(target.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) errno = EISDIR;
    if (!S_ISDIR(status.st_mode) && access(target.c_str(), W_OK) == 0) return;
  } else if (errno == ENOENT) {
    const std::filesystem::path folder = target.parent_path();
    if (access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) == 0) return;
  }
  throw std::system_error(errno, std::generic_category(), path.string() + ": cannot be written");
}

bool is_written_through(const std::filesystem::path& path) {
  const std::filesystem::path target = follow_links(path);
  return named_descriptor(target) || !is_regular_or_absent(target);
}

bool is_standard_output(const std::filesystem::path& path) {
  return named_descriptor(follow_links(path)) == STDOUT_FILENO;
}

std::filesystem::path absolute_output(const std::filesystem::path& path) {
  return path == "-" ? path : std::filesystem::absolute(path);
}

void write_output(const std::filesystem::path& path, std::string_view bytes, mode_t mode) {
  OutputFile output(path, mode);
  output.write(bytes);
  output.commit();
}

}  // namespace flyball
