// What the programs return to the shell, and the errors that carry such a code. Values.
#pragma once

#include <stdexcept>
#include <string>

namespace flyball {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;         // the command ran, and a check did not hold
inline constexpr int kExitUsage = 2;          // the command line is wrong
inline constexpr int kExitBadInput = 3;       // a file or a configuration is wrong (env/errors.h)
inline constexpr int kExitRefused = 4;        // the board or a device refused
inline constexpr int kExitInterrupted = 130;  // Ctrl-C or SIGTERM; what was finished is saved
inline constexpr int kExitReaderGone =
    141;  // as a shell shows SIGPIPE: nobody reads stdout any more

// What a command leaves behind for main().
struct CommandResult {
  int exit_code = kExitOk;
};

// An error with its exit code; main() prints it as "flyball NAME: message".
class CommandError : public std::runtime_error {
 public:
  CommandError(int exit_code, const std::string& message)
      : std::runtime_error(message), exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

// The command line is wrong in a way that the parser cannot see.
class UsageError final : public CommandError {
 public:
  explicit UsageError(const std::string& message) : CommandError(kExitUsage, message) {}
};

// Runs `parse` on words of the command line: what it refuses as an invalid argument is a
// UsageError.
template <typename Parse>
decltype(auto) as_usage(Parse&& parse) {
  try {
    return parse();
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

}  // namespace flyball
