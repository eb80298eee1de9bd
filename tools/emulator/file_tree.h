// A tree of emulated files: path, mode, what reading gives, what writing does. Knows nothing of
// FUSE, so that tests call it directly. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace flyball {

// Both return 0 or the error number that the kernel would give. An empty function: the file cannot
// be read or written (EACCES), as its mode says.
struct FileNode {
  std::function<int(std::string& text)> read;
  std::function<int(std::string_view text)> write;
};

class FileTree {
 public:
  enum class Kind { kNone, kDirectory, kFile, kLink, kScratch };

  // Paths are absolute below the tree's root ("/sys/..."); directories come into being with them.
  void add_file(const std::string& path, FileNode node);
  // A relative symbolic link to `target`, which is absolute below the root too.
  void add_link(const std::string& path, const std::string& target);
  // A directory of ordinary files, kept in memory, as /run is.
  void add_scratch_directory(const std::string& path);
  // The file or directory is not there until it is shown again; what was opened before gives
  // ENODEV, as a file of the kernel's whose device has gone.
  void hide(const std::string& path);
  void show(const std::string& path);

  Kind kind(const std::string& path) const;
  mode_t mode(const std::string& path) const;  // permission bits
  std::vector<std::string> list(const std::string& directory) const;
  // 0 or an error number. Links are not followed.
  int read(const std::string& path, std::string& text) const;
  int write(const std::string& path, std::string_view text);
  int read_link(const std::string& path, std::string& target) const;

  // Ordinary files; EPERM outside a scratch directory.
  int create(const std::string& path, mode_t mode);
  int write_at(const std::string& path, std::size_t offset, std::string_view text);
  int truncate(const std::string& path, std::size_t size);
  int change_mode(const std::string& path, mode_t mode);
  int remove(const std::string& path);
  enum class Existing { kReplace, kKeep };
  int rename(const std::string& from, const std::string& to, Existing existing);

 private:
  struct ScratchFile {
    std::string text;
    mode_t mode = 0600;
  };
  bool in_scratch(const std::string& path) const;
  bool is_hidden(const std::string& path) const;
  void add_parents(const std::string& path);

  std::map<std::string, std::set<std::string>> directories_;  // path -> names
  std::map<std::string, FileNode> files_;
  std::map<std::string, std::string> links_;
  std::set<std::string> hidden_;
  std::set<std::string> scratch_directories_;
  std::map<std::string, ScratchFile> scratch_;
};

// A file whose content `text()` makes; nobody can write it.
FileNode read_only(std::function<std::string()> text);
// A file with fixed content.
FileNode constant(std::string text);
// A file of a whole number. `set` returns 0 or an error number; malformed text is EINVAL, a number
// beyond 64 bits ERANGE.
FileNode number_file(std::function<long long()> get, std::function<int(long long)> set);
// A file of one word.
FileNode word_file(std::function<std::string()> get, std::function<int(const std::string&)> set);

// As the kernel's kstrtoll: a decimal number and perhaps a newline. 0, EINVAL or ERANGE.
int parse_kernel_number(std::string_view text, long long& number);

}  // namespace flyball
