// Programs of the system that an installation asks: systemctl, systemd-sysusers, userdel. Found in
// the system's own folders, whatever PATH says; no shell.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace flyball {

// Runs it to its end; what it prints goes to stderr. Its exit code, 128 and the signal where one
// ended it; absent: there is no such program. Throws std::system_error where none can be started.
std::optional<int> run_system_program(const std::string& name,
                                      const std::vector<std::string>& arguments);

}  // namespace flyball
