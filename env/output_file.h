// A file that a program writes, as any Unix program writes one. Not thread-safe.
//
//   "-", /dev/stdout, /dev/fd/N    the open descriptor
//   a device, FIFO or socket       written through
//   a regular file, or none yet    written beside the target and put in its place by commit():
//                                  whoever looks sees the old file or the whole new one
//
// Symbolic links are followed to their target. A file that is replaced keeps its mode; a new one
// has the mode asked for, less the umask. Where the folder takes no new file, one that is there is
// written in place.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace flyball {

// How a program that nobody attends to, and that may have root's rights, writes: through no link
// that stands at `path`, and without ever waiting for whoever reads a FIFO, pipe or terminal; one
// that takes no more is an error.
enum class OutputUse { kAttended, kUnattended };

class OutputFile {
 public:
  // Opens at once, so that a wrong path is told before long work begins. Throws std::system_error
  // naming `path`, here and in the other functions.
  explicit OutputFile(const std::filesystem::path& path, mode_t mode = 0666,
                      OutputUse use = OutputUse::kAttended);
  // Without commit(): what was there is as before, and what was written through stays.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view bytes);
  // Writes all of `buffer` and empties it; after an error it holds what was not written.
  void drain(std::string& buffer);
  // Puts the file in its place, on the disk; what is written afterwards is appended to it there.
  void commit();

  // For libraries that write a file by its name: fill this one, then commit(). Where the output is
  // written through, a temporary file that commit() copies.
  const std::filesystem::path& scratch();

 private:
  void open_unfinished(mode_t mode);
  std::filesystem::path find_target(const std::filesystem::path& path) const;
  std::size_t write_some(std::string_view bytes);
  void copy_scratch();
  void replace();
  [[noreturn]] void fail(const std::string& what) const;

  OutputUse use_;
  std::filesystem::path path_;        // as given, for messages
  std::filesystem::path target_;      // links followed
  std::filesystem::path unfinished_;  // to be renamed; empty: written through, or committed
  std::filesystem::path scratch_;     // to be copied; empty: none
  int descriptor_ = -1;
};

// Throws std::system_error where an OutputFile for `path` would; changes nothing. For before long
// work that ends in a file.
void require_writable(const std::filesystem::path& path);
// Whether `path` names something that is written through rather than replaced.
bool is_written_through(const std::filesystem::path& path);
// Whether `path` names this program's standard output: other text then belongs on stderr.
bool is_standard_output(const std::filesystem::path& path);

// Whether a write of up to PIPE_BUF bytes would be taken at once; a file always does.
bool takes_more(int descriptor) noexcept;

// The same output, whatever the working directory will be.
std::filesystem::path absolute_output(const std::filesystem::path& path);

// The whole of `bytes`, in one step.
void write_output(const std::filesystem::path& path, std::string_view bytes, mode_t mode = 0666);

}  // namespace flyball
