// A program's commands as a user runs them, for experiments that show what they come to. Each runs
// in a process of its own. Callable from several threads at once.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace flyball {

// This program, whatever it is called.
inline const std::filesystem::path kThisProgram = "/proc/self/exe";

struct CommandOutcome {
  int exit_code = 0;
  std::string output;   // what it printed
  std::string remarks;  // what it said on stderr
};

class ShippedProgram {
 public:
  explicit ShippedProgram(std::filesystem::path program = kThisProgram);

  // `arguments`: the command and its own. Its input is empty. Throws std::system_error where it
  // cannot be started, DataError where a signal ended it, and Interrupted after Ctrl-C, which it
  // hears of, too.
  CommandOutcome run(const std::vector<std::string>& arguments) const;

  // With --json: what it prints. Throws DataError with its last remark where it exits with neither
  // kExitOk nor kExitFailed (a check did not hold), or prints something else.
  nlohmann::json ask(std::vector<std::string> arguments) const;

 private:
  std::filesystem::path program_;
};

}  // namespace flyball
