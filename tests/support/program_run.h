// Runs a built program as a user would: its exit code and what it printed.
#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace flyball {

struct Outcome {
  int exit_code = 0;
  std::string output;  // what `redirection` leaves on stdout
};

// `program` is "flyball" or "flyballd"; `redirection` is the shell's.
inline Outcome run_program(const std::string& program, const std::string& arguments,
                           const std::string& redirection = "") {
  const std::string command =
      std::string(FLYBALL_BINARY_DIR "/") + program + " " + arguments + " " + redirection;
  std::FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  Outcome outcome;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) outcome.output += buffer.data();
  const int status = pclose(pipe);
  REQUIRE(WIFEXITED(status));
  outcome.exit_code = WEXITSTATUS(status);
  return outcome;
}

inline Outcome flyball_stdout(const std::string& arguments) {
  return run_program("flyball", arguments, "2>/dev/null");
}
inline Outcome flyball_stderr(const std::string& arguments) {
  return run_program("flyball", arguments, "2>&1 >/dev/null");
}

}  // namespace flyball
