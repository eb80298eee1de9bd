// What a program writes to stdout or stderr while the object lives, in a file instead. For what is
// written by descriptor or by C's streams; check nothing meanwhile, as doctest writes there, too.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "tests/support/temporary_file.h"

namespace flyball {

class CapturedStream {
 public:
  // STDOUT_FILENO or STDERR_FILENO.
  explicit CapturedStream(int descriptor) : descriptor_(descriptor), before_(dup(descriptor)) {
    std::fflush(nullptr);
    const int file = open(file_.path().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (before_ < 0 || file < 0 || dup2(file, descriptor) < 0) {
      throw std::runtime_error("cannot capture a stream");
    }
    close(file);
  }
  ~CapturedStream() {
    std::fflush(nullptr);
    dup2(before_, descriptor_);
    close(before_);
  }
  CapturedStream(const CapturedStream&) = delete;
  CapturedStream& operator=(const CapturedStream&) = delete;

  std::string text() const {
    std::fflush(nullptr);
    std::ostringstream text;
    text << std::ifstream(file_.path()).rdbuf();
    return text.str();
  }

 private:
  TemporaryFile file_;
  int descriptor_;
  int before_;
};

// What `call` writes there.
template <typename Call>
std::string captured(int descriptor, const Call& call) {
  const CapturedStream stream(descriptor);
  call();
  return stream.text();
}

}  // namespace flyball
