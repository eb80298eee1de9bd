#include "tools/jobs/shipped_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "env/errors.h"
#include "tools/exit_codes.h"
#include "tools/interrupt.h"

namespace flyball {

namespace {

constexpr int kSliceMilliseconds = 100;  // between looks at whether to stop

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

// What a process writes, kept in memory: nobody has to read while it runs.
class Captured {
 public:
  Captured() : descriptor_(memfd_create("output", MFD_CLOEXEC)) {
    if (descriptor_ < 0) fail(errno, "memfd_create");
  }
  ~Captured() { close(descriptor_); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  int descriptor() const { return descriptor_; }

  std::string text() const {
    std::string all;
    char buffer[65536];
    for (;;) {
      const ssize_t count =
          pread(descriptor_, buffer, sizeof buffer, static_cast<off_t>(all.size()));
      if (count < 0) fail(errno, "reading a command's output");
      if (count == 0) return all;
      all.append(buffer, static_cast<std::size_t>(count));
    }
  }

 private:
  int descriptor_;
};

// How the process starts: its three streams, and every signal as in a program of its own.
class Start {
 public:
  Start(const Captured& output, const Captured& remarks) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output.descriptor(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, remarks.descriptor(), STDERR_FILENO);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
  }
  ~Start() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }
  Start(const Start&) = delete;
  Start& operator=(const Start&) = delete;

  pid_t run(const std::filesystem::path& program, const std::vector<std::string>& arguments) const {
    std::string name = program.filename().string();
    std::vector<std::string> words = arguments;
    std::vector<char*> pointers = {name.data()};
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    pid_t process = -1;
    const int error =
        posix_spawnp(&process, program.c_str(), &actions_, &attributes_, pointers.data(), environ);
    if (error != 0) fail(error, program.string());
    return process;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// Waits for the end; a wish to stop is handed on. Its status as waitpid() gives it.
int wait_for(pid_t process) {
  // Not by glibc: 2.36 declares its wrapper as C++.
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
  if (descriptor < 0) fail(errno, "pidfd_open");
  bool is_told = false;
  pollfd ended{descriptor, POLLIN, 0};
  while (poll(&ended, 1, kSliceMilliseconds) <= 0) {
    if (interrupted() && !is_told) kill(process, SIGTERM);
    is_told = interrupted();
  }
  close(descriptor);
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) fail(errno, "waitpid");
  }
  return status;
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);  // npos + 1: all of it
}

}  // namespace

ShippedProgram::ShippedProgram(std::filesystem::path program) : program_(std::move(program)) {}

CommandOutcome ShippedProgram::run(const std::vector<std::string>& arguments) const {
  const Captured output;
  const Captured remarks;
  const int status = wait_for(Start(output, remarks).run(program_, arguments));
  if (interrupted()) throw Interrupted("interrupted: no table");
  if (!WIFEXITED(status)) {
    throw DataError(
        fmt::format("flyball {}: ended by signal {}", fmt::join(arguments, " "), WTERMSIG(status)));
  }
  return {WEXITSTATUS(status), output.text(), remarks.text()};
}

nlohmann::json ShippedProgram::ask(std::vector<std::string> arguments) const {
  arguments.emplace_back("--json");
  const CommandOutcome outcome = run(arguments);
  if (outcome.exit_code == kExitOk || outcome.exit_code == kExitFailed) {
    nlohmann::json json = nlohmann::json::parse(outcome.output, nullptr, false);
    if (!json.is_discarded()) return json;
  }
  throw DataError(fmt::format("flyball {} ended with exit code {}: {}", fmt::join(arguments, " "),
                              outcome.exit_code, last_line(outcome.remarks)));
}

}  // namespace flyball
