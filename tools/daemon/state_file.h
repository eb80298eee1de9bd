// A small text file in which a run keeps what it has found, for the next one. It is opened once,
// before root's rights go, and under the rules of policies/trusted_file.h. Not thread-safe.
#pragma once

#include <filesystem>
#include <istream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>

#include "env/jetson/board_controls.h"
#include "env/jetson/descriptor.h"

namespace flyball {

class StateFile {
 public:
  // Makes the folder and the file. Throws std::system_error naming it, std::runtime_error where it
  // is not to be trusted.
  explicit StateFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  // What was written last; empty: nothing. Throws as the constructor does.
  std::string read() const;
  // Throws std::system_error.
  void write(const std::string& text);

 private:
  std::filesystem::path path_;
  Descriptor file_;
};

// var/lib/flyball/NAME under the root and, for boards on which that cannot be made,
// run/flyball/NAME, which a boot forgets; or in `state_directory`, where one is named. Where none
// can be used that is told, and nothing is kept.
std::optional<StateFile> open_state_file(const std::filesystem::path& root,
                                         const std::filesystem::path& state_directory,
                                         const std::string& name, const Teller& tell);

// The words of such a text, each asked for by what it is. Throws std::runtime_error.
class StateWords {
 public:
  explicit StateWords(const std::string& text) : in_(text) {}

  std::string line();
  // Of a line "NAME A B ...".
  void begin(const char* name);
  void next_line() { line_ = std::istringstream(line()); }
  template <typename Number>
  Number number(Number low, Number high) {
    Number value{};
    if (!(line_ >> value) || !(value >= low && value <= high)) {
      throw std::runtime_error("a number is missing or out of its range");
    }
    return value;
  }

 private:
  std::istringstream in_;
  std::istringstream line_;
};

}  // namespace flyball
