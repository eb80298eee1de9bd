#include "tests/support/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace flyball {

namespace {

constexpr auto kPatience = std::chrono::seconds(20);
constexpr useconds_t kPollMicroseconds = 5000;

}  // namespace

ChildProcess::ChildProcess(std::vector<std::string> arguments,
                           const std::filesystem::path& output) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out < 0) throw std::runtime_error("cannot write " + output.string());
  pid_ = fork();
  if (pid_ == 0) {
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(out);
  if (pid_ < 0) throw std::runtime_error("cannot fork");
}

ChildProcess::~ChildProcess() {
  if (has_ended()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void ChildProcess::signal(int number) const { kill(pid_, number); }

bool ChildProcess::has_ended() {
  if (status_) return true;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return true;
}

int ChildProcess::wait() {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!has_ended()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("it does not end");
    usleep(kPollMicroseconds);
  }
  return *status_;
}

bool ChildProcess::wait_until(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (has_ended() || std::chrono::steady_clock::now() > deadline) return holds();
    usleep(kPollMicroseconds);
  }
  return true;
}

}  // namespace flyball
