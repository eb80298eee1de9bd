// A process of its own for what ends or changes the process that does it.
#pragma once

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>

namespace flyball {

// Runs `body` in a process of its own, which ends with what it returns.
inline pid_t start_forked(const std::function<int()>& body) {
  const pid_t process = fork();
  if (process < 0) throw std::runtime_error("cannot fork");
  if (process > 0) return process;
  int result = 99;
  try {
    result = body();
  } catch (const std::exception&) {  // 99 tells
  }
  _exit(result);
}

// The exit code, or minus the signal that ended it.
inline int wait_for(pid_t process) {
  int status = 0;
  if (waitpid(process, &status, 0) != process) throw std::runtime_error("no such child");
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

inline int run_forked(const std::function<int()>& body) { return wait_for(start_forked(body)); }

}  // namespace flyball
