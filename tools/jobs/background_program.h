// A program that listens on a port, from when it says so on stderr ("... port N") until its end.
// Not thread-safe.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tools/jobs/spawn_program.h"

namespace flyball {

class BackgroundProgram {
 public:
  // Waits until it listens. Throws std::system_error where it cannot be started, DataError with
  // what it said where it ends or says nothing for ten seconds, and Interrupted.
  BackgroundProgram(const std::filesystem::path& program,
                    const std::vector<std::string>& arguments);
  ~BackgroundProgram();  // ends it by SIGKILL, unless end() did
  BackgroundProgram(const BackgroundProgram&) = delete;
  BackgroundProgram& operator=(const BackgroundProgram&) = delete;

  int port() const { return port_; }

  // Ends it by SIGTERM; the JSON document that it prints then. Throws DataError for anything else.
  nlohmann::json end();

 private:
  std::string name_;
  Captured output_;
  Captured remarks_;
  pid_t process_ = -1;  // -1: it has ended
  int port_ = 0;
};

}  // namespace flyball
