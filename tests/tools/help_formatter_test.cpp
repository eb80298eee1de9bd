#include "tools/help_formatter.h"

#include <doctest/doctest.h>

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "tools/program.h"

using namespace flyball;

namespace {

// A program with one command, whose options a test adds.
struct Program {
  CLI::App app{"What it does.", "tool"};
  CLI::App* command = nullptr;
  double number = 2.0;
  std::optional<double> absent;
  std::size_t count = 3;
  std::string word;
  std::vector<std::string> words = {"cpu", "gpu"};
  bool flag = true;

  Program() {
    app.require_subcommand(1);
    use_plain_help(app);
    command = app.add_subcommand("run", "Run it");
  }
  bool shows(const std::string& lines) const {
    return ("\n" + command->help()).find("\n" + lines + "\n") != std::string::npos;
  }
};

}  // namespace

TEST_CASE("an option shows its value's name, what it means, its default and its range") {
  Program program;
  program.command->add_option("--speed", program.number, "How fast")
      ->check(number_in(0.0, 9.5))
      ->capture_default_str();
  program.command->add_option("--count", program.count, "How many")
      ->check(whole_in(1, 10))
      ->capture_default_str();
  CAPTURE(program.command->help());
  CHECK(program.shows("  --speed NUMBER              How fast (default 2; 0 to 9.5)"));
  CHECK(program.shows("  --count N                   How many (default 3; 1 to 10)"));
}

TEST_CASE("a default that is told already is followed by the range, in the same brackets") {
  Program program;
  program.command->add_option("--eta", program.absent, "What weighs (default: as trained)")
      ->type_name("ETA")
      ->check(number_in(0.0, 1.0));
  program.command->add_option("--limit", program.absent, "Which one (of two)")
      ->check(number_in(0.0, 1.0));
  program.command->add_option("--free", program.absent, "Anything (default: none)")
      ->type_name("SECONDS")
      ->check(above_zero());
  CAPTURE(program.command->help());
  CHECK(program.shows("  --eta ETA                   What weighs (default: as trained; 0 to 1)"));
  CHECK(program.shows("  --limit NUMBER              Which one (of two) (0 to 1)"));
  CHECK(program.shows("  --free SECONDS              Anything (default: none)"));
}

TEST_CASE("what has to be given says so, lists say that there may be several") {
  Program program;
  program.command->add_option("--policy", program.word, "The file")
      ->type_name("P.flyball")
      ->required();
  program.command->add_option("--log", program.words, "Logs")->type_name("L.csv");
  program.command->add_option("--knobs", program.words, "What is turned")
      ->type_name("KNOB,...")
      ->delimiter(',')
      ->expected(1)
      ->capture_default_str();
  CAPTURE(program.command->help());
  CHECK(
      program.shows("  --policy P.flyball (required)"
                    "\n                              The file"));
  CHECK(program.shows("  --log L.csv ...             Logs"));
  CHECK(program.shows("  --knobs KNOB,...            What is turned (default cpu, gpu)"));
}

TEST_CASE("a flag has no value, and one that switches off does not show what it sets") {
  Program program;
  program.command->add_flag("--json", program.flag, "One document");
  program.command->add_flag("!--no-guard", program.flag, "Without it");
  CAPTURE(program.command->help());
  CHECK(program.shows("  --json                      One document"));
  CHECK(program.shows("  --no-guard                  Without it"));
}

TEST_CASE("a colon within brackets belongs to the value's name") {
  Program program;
  program.command->add_option("--column", program.words, "Which")->type_name("ROLE=NAME[:UNIT]");
  CAPTURE(program.command->help());
  CHECK(
      program.shows("  --column ROLE=NAME[:UNIT] ..."
                    "\n                              Which"));
}

TEST_CASE("a choice lists what is allowed as a sentence would") {
  Program program;
  program.command->add_option("--kind", program.word, "Of model")
      ->type_name("NAME")
      ->check(CLI::IsMember({"none", "gp"}));
  CAPTURE(program.command->help());
  CHECK(program.shows("  --kind NAME                 Of model (none, gp)"));
}

TEST_CASE("no line of a description is longer than a hundred columns") {
  Program program;
  std::string text;
  for (int i = 0; i < 60; ++i) text += "word" + std::to_string(i) + " ";
  program.command->add_option("--long", program.number, text)->check(number_in(0.0, 1.0));
  program.app.add_subcommand("other", text);
  for (const std::string& help : {program.command->help(), program.app.help()}) {
    std::istringstream lines(help);
    std::size_t longest = 0;
    for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
    CHECK(longest <= 100);
    CHECK(longest > 90);  // and no shorter than needed
    CHECK(help.find("word59") != std::string::npos);
    CHECK(help.find("\n                              word") != std::string::npos);
  }
}

TEST_CASE("the program's help has a line per command, which takes the looks over") {
  Program program;
  program.app.add_subcommand("restore", "Put it back");
  CAPTURE(program.app.help());
  const std::string help = program.app.help();
  CHECK(help.starts_with("What it does."));
  CHECK(help.find("\n  run                         Run it\n") != std::string::npos);
  CHECK(help.find("\n  restore                     Put it back\n") != std::string::npos);
}

TEST_CASE("exit codes end the help of the program and of each command, behind its examples") {
  Program program;
  CLI::App* other = program.app.add_subcommand("other", "Another");
  program.app.footer("Commands are many.");
  program.command->footer("Examples:\n  tool run");
  add_exit_codes(program.app, "Exit codes: 0 ok.");
  CHECK(program.app.get_footer() == "Commands are many.\n\nExit codes: 0 ok.");
  CHECK(program.command->get_footer() == "Examples:\n  tool run\n\nExit codes: 0 ok.");
  CHECK(other->get_footer() == "Exit codes: 0 ok.");
  CHECK(program.command->help().find("\n  tool run\n\nExit codes: 0 ok.\n") != std::string::npos);
}
