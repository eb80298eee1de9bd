// --set KEY=VALUE: any key of a configuration, set for one run.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace flyball {

// Repeatable; what it is given goes to `assignments`. `example`: "period_seconds=2".
void add_set_option(CLI::App& command, std::vector<std::string>& assignments,
                    const std::string& example);

// Where board and workload are named on the command line: their keys come after "board." and
// "workload.", as in a scenario.
struct NamedAssignments {
  std::vector<std::string> board;
  std::vector<std::string> workload;
};

// Throws ConfigError for an assignment to anything else.
NamedAssignments named_assignments(const std::vector<std::string>& assignments);

// The same where no workload is named.
std::vector<std::string> board_assignments(const std::vector<std::string>& assignments);

}  // namespace flyball
