#include "tools/config/set_option.h"

#include <fmt/format.h>

#include "env/errors.h"

namespace flyball {

namespace {

// What stands behind `name` and its point; nothing where it is not the name.
bool take(const std::string& assignment, const std::string& name,
          std::vector<std::string>& assignments) {
  const std::string prefix = name + ".";
  if (!assignment.starts_with(prefix)) return false;
  assignments.push_back(assignment.substr(prefix.size()));
  return true;
}

[[noreturn]] void refuse(const std::string& assignment, const char* allowed) {
  throw ConfigError(fmt::format("--set {}: a key here begins with {}", assignment, allowed));
}

}  // namespace

void add_set_option(CLI::App& command, std::vector<std::string>& assignments,
                    const std::string& example) {
  command
      .add_option("--set", assignments,
                  "A key's value instead of the file's, as often as needed: " + example +
                      " (flyball keys lists them)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->check([](const std::string& text) {
        const std::size_t equals = text.find('=');
        return equals == std::string::npos || equals == 0 ? "KEY=VALUE expected" : std::string();
      });
}

NamedAssignments named_assignments(const std::vector<std::string>& assignments) {
  NamedAssignments named;
  for (const std::string& assignment : assignments) {
    if (take(assignment, "board", named.board)) continue;
    if (!take(assignment, "workload", named.workload)) refuse(assignment, "board. or workload.");
  }
  return named;
}

std::vector<std::string> board_assignments(const std::vector<std::string>& assignments) {
  std::vector<std::string> board;
  for (const std::string& assignment : assignments) {
    if (!take(assignment, "board", board)) refuse(assignment, "board.");
  }
  return board;
}

}  // namespace flyball
