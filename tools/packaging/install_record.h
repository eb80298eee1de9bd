// What `flyballd install` wrote, so that `uninstall` takes away that and nothing else: the file
// var/lib/flyball/installed under the root. One line each, paths as on the installed system:
//
//   flyball-installed 1
//   directory /etc/flyball
//   file 8c736521 1893 /etc/systemd/system/flyballd.service      CRC-32 and bytes of what was
//   written user flyball
//
// A path has several lines while an installation replaces it. Whoever writes here is root, so a
// file that others can write is refused. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace flyball {

class InstallRecord {
 public:
  // Reads the file, if there is one. Throws DataError naming the line that is none of ours, and
  // where the file is not to be trusted.
  explicit InstallRecord(std::filesystem::path root);

  // Where a path of the installed system is under the root. Throws DataError where a link leads out
  // of the root.
  std::filesystem::path place(const std::string& path) const;

  // Whether an installation wrote just this text there.
  bool wrote(const std::string& path, std::string_view text) const;
  const std::vector<std::string>& directories() const { return directories_; }
  std::vector<std::string> files() const;  // each once, in the order of writing
  bool made_user() const { return made_user_; }
  bool empty() const { return directories_.empty() && files_.empty() && !made_user_; }

  void add_directory(const std::string& path);
  // Beside what else was written there.
  void add_file(const std::string& path, std::string_view text);
  // In the place of it.
  void set_file(const std::string& path, std::string_view text);
  void set_made_user(bool made) { made_user_ = made; }
  void forget_file(const std::string& path);
  void forget_directory(const std::string& path);

  // In one step; an empty record removes the file and its folder. Throws std::system_error.
  void save() const;

 private:
  struct Written {
    std::string path;
    std::uint32_t checksum = 0;
    std::size_t bytes = 0;
    bool operator==(const Written&) const = default;
  };
  static Written written(const std::string& path, std::string_view text);
  void read_line(const std::string& line, const std::string& where);

  std::filesystem::path root_;
  std::vector<std::string> directories_;
  std::vector<Written> files_;
  bool made_user_ = false;
};

}  // namespace flyball
