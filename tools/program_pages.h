// What is made of a program's commands and options beside --help: a manual page, and completion for
// bash and zsh. The command line as it is parsed is the only source. Pure, but for the commands.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace flyball {

struct ManualPage {
  int section = 1;       // 8: for administrators
  std::string version;   // "flyball 0.1.0"
  std::string see_also;  // "flyballd(8)"
};

// In the language of man(7).
std::string manual_page(const CLI::App& app, const ManualPage& page);

std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);

// Two commands that --help does not show, for whoever packages the program: `man`, and
// `completion bash|zsh`. Both print.
void add_page_commands(CLI::App& app, const ManualPage& page);

}  // namespace flyball
