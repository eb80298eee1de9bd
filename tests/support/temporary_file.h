// Helpers of the log tests: a file that vanishes, and random damage to a text.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>

namespace flyball {

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text = "") {
    path_ = (std::filesystem::temp_directory_path() / "flyball-log-XXXXXX").string();
    const int file = ::mkstemp(path_.data());
    if (file < 0) throw std::runtime_error("cannot make a temporary file");
    ::close(file);
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// One to four times: a character changed, removed, doubled, or the end cut off.
inline std::string mutated(std::string text, std::mt19937_64& random) {
  static const std::string kCharacters = "0123456789,@%[]/\n#-+.eE \tCmWM_:x\xff";
  for (std::size_t n = 1 + random() % 4; n > 0 && !text.empty(); --n) {
    const std::size_t at = random() % text.size();
    switch (random() % 4) {
      case 0: text[at] = kCharacters[random() % kCharacters.size()]; break;
      case 1: text.erase(at, 1 + random() % 5); break;
      case 2: text.insert(at, 1, kCharacters[random() % kCharacters.size()]); break;
      default:
        if (random() % 8 == 0) text.resize(at);
    }
  }
  return text;
}

}  // namespace flyball
