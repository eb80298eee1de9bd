#include "tools/jobs/shipped_program.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <signal.h>
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
#include "tools/jobs/spawn_program.h"

namespace flyball {

namespace {

constexpr int kSliceMilliseconds = 100;  // between looks at whether to stop

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

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
  const int status = wait_for(spawn_program(program_, arguments, output, remarks));
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
