// A program in a process of its own whose output is kept in memory: nobody has to read while it
// runs. Callable from several threads at once.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace flyball {

// What a process writes.
class Captured {
 public:
  Captured();  // throws std::system_error, and so does text()
  ~Captured();
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  int descriptor() const { return descriptor_; }
  std::string text() const;

 private:
  int descriptor_;
};

// Its input is empty, and every signal is as in a program of its own. Whoever calls waits for it.
// Throws std::system_error where it cannot be started.
pid_t spawn_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                    const Captured& output, const Captured& remarks);

}  // namespace flyball
