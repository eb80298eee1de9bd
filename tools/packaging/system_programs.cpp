#include "tools/packaging/system_programs.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "tools/stop_signals.h"

namespace flyball {

namespace {

std::string find_program(const std::string& name) {
  for (const char* folder : {"/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"}) {
    const std::string path = folder + name;
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

[[noreturn]] void become(const std::string& path, const std::vector<std::string>& arguments) {
  std::vector<char*> words = {const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  unblock_signals();
  dup2(STDERR_FILENO, STDOUT_FILENO);
  execv(path.c_str(), words.data());
  _exit(127);
}

}  // namespace

std::optional<int> run_system_program(const std::string& name,
                                      const std::vector<std::string>& arguments) {
  const std::string path = find_program(name);
  if (path.empty()) return std::nullopt;
  const pid_t child = fork();
  if (child == 0) become(path, arguments);
  int status = 0;
  pid_t ended = child;
  do {
    if (child > 0) ended = waitpid(child, &status, 0);
  } while (ended < 0 && errno == EINTR && child > 0);
  if (ended < 0) throw std::system_error(errno, std::generic_category(), path);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace flyball
