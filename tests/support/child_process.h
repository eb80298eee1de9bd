// A program that a test starts, signals and waits for.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace flyball {

class ChildProcess {
 public:
  // stdout and stderr go to the file `output`.
  ChildProcess(std::vector<std::string> arguments, const std::filesystem::path& output);
  ~ChildProcess();  // kills what still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // The exit code, or minus the signal that ended it. Throws after 20 seconds.
  int wait();
  // True once `holds` does; false when the program ended first, or after 20 seconds.
  bool wait_until(const std::function<bool()>& holds);

 private:
  bool has_ended();

  pid_t pid_ = -1;
  std::optional<int> status_;
};

}  // namespace flyball
