#include "tools/jobs/background_program.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "env/errors.h"
#include "tools/interrupt.h"

namespace flyball {

namespace {

constexpr auto kPatience = std::chrono::seconds(10);
constexpr auto kPoll = std::chrono::milliseconds(2);

// Of "... port 8001, not encrypted"; 0: not said yet.
int port_of(const std::string& text) {
  const std::size_t at = text.find("port ");
  if (at == std::string::npos || text.find('\n', at) == std::string::npos) return 0;
  return std::atoi(text.c_str() + at + 5);
}

}  // namespace

BackgroundProgram::BackgroundProgram(const std::filesystem::path& program,
                                     const std::vector<std::string>& arguments)
    : name_(program.filename().string()),
      process_(spawn_program(program, arguments, output_, remarks_)) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while ((port_ = port_of(remarks_.text())) == 0) {
    const bool has_ended = waitpid(process_, nullptr, WNOHANG) == process_;
    if (has_ended) process_ = -1;
    if (has_ended || interrupted() || std::chrono::steady_clock::now() > deadline) {
      if (process_ > 0) kill(process_, SIGKILL);
      if (process_ > 0) waitpid(process_, nullptr, 0);
      if (interrupted()) throw Interrupted("interrupted");
      throw DataError(fmt::format("{} does not listen: {}", name_, remarks_.text()));
    }
    std::this_thread::sleep_for(kPoll);
  }
}

BackgroundProgram::~BackgroundProgram() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

nlohmann::json BackgroundProgram::end() {
  const pid_t process = std::exchange(process_, -1);
  kill(process, SIGTERM);
  waitpid(process, nullptr, 0);
  nlohmann::json json = nlohmann::json::parse(output_.text(), nullptr, false);
  if (json.is_discarded()) throw DataError(fmt::format("{}: {}", name_, remarks_.text()));
  return json;
}

}  // namespace flyball
