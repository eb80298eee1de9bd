// The README promises folders and commands: they are there.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "tests/support/program_run.h"

using namespace flyball;

namespace {

std::string readme() {
  std::ifstream file(FLYBALL_SOURCE_DIR "/README.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// What stands in the first group of `pattern`, at every match.
std::set<std::string> matches(const std::string& text, const char* pattern) {
  std::set<std::string> found;
  const std::regex regex(pattern);
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it) {
    found.insert((*it)[1]);
  }
  return found;
}

std::string help_of(const std::string& program, const std::string& command = "") {
  const Outcome help = run_program(program, command + " --help");
  CHECK(help.exit_code == 0);
  return help.output;
}

// The names under "Subcommands:".
std::set<std::string> commands_of(const char* program) {
  const std::string help = help_of(program);
  const std::size_t begin = help.find("Subcommands:");
  REQUIRE(begin != std::string::npos);
  return matches(help.substr(begin, help.find("\n\n", begin) - begin), "\n  ([a-z]+) ");
}

}  // namespace

TEST_CASE("the folders that the README names exist, each with a README of its own") {
  const std::set<std::string> folders = matches(readme(), "\n\\| \\[[a-z]+\\]\\(([a-z]+)\\)");
  CHECK(folders.size() == 8);
  for (const std::string& folder : folders) {
    CAPTURE(folder);
    CHECK(std::filesystem::is_regular_file(std::filesystem::path(FLYBALL_SOURCE_DIR) / folder /
                                           "README.md"));
  }
}

TEST_CASE("the README's table of commands is what the programs offer") {
  CHECK(matches(readme(), "\n\\| `flyball ([a-z]+)`") == commands_of("flyball"));
  CHECK(matches(readme(), "\n\\| `flyballd ([a-z]+)`") == commands_of("flyballd"));
}

TEST_CASE("every command has a help of its own with an example") {
  for (const std::string& command : commands_of("flyball")) {
    CAPTURE(command);
    const std::string help = help_of("flyball", command);
    CHECK(help.find("flyball " + command) != help.rfind("flyball " + command));
  }
}

TEST_CASE("no line of any help is longer than a hundred columns") {
  for (const std::string program :
       {"flyball", "flyballd", "flyball-cloud", "flyball-edge", "flyball-link"}) {
    std::set<std::string> commands;
    if (program.find('-') == std::string::npos) commands = commands_of(program.c_str());
    commands.insert("");
    for (const std::string& command : commands) {
      std::istringstream help(help_of(program, command));
      for (std::string line; std::getline(help, line);) {
        CAPTURE(program);
        CAPTURE(command);
        CAPTURE(line);
        CHECK(line.size() <= 100);
      }
    }
  }
}

TEST_CASE("both programs list the exit codes, the README in the same words") {
  const std::string codes = "0 ok, 1 a check did not hold, 2 wrong command line, 3 wrong file or";
  CHECK(help_of("flyball").find(codes) != std::string::npos);
  CHECK(help_of("flyballd", "run").find(codes) != std::string::npos);
  const std::string page = std::regex_replace(readme(), std::regex("\n"), " ");
  CHECK(page.find(codes) != std::string::npos);
}
