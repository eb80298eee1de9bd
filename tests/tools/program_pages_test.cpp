#include "tools/program_pages.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/skip.h"
#include "tests/support/temporary_directory.h"
#include "tools/help_formatter.h"
#include "tools/program.h"

using namespace flyball;

namespace {

// A program with one command, which has an option of each kind.
struct Program {
  CLI::App app{"tool: does what it does. And more.", "tool"};
  std::string text;
  double number = 0.0;
  bool flag = false;

  Program() {
    app.footer("Examples:\n  tool run x");
    app.add_option("--configs", text, "A folder")->type_name("DIR");
    CLI::App* run = app.add_subcommand("run", "Run it: now");
    run->add_option("--log", text, "Where it's written")->type_name("LOG.csv")->required();
    run->add_option("--share", number, "How much [of it]")->check(number_in(0.0, 1.0));
    run->add_option("--how", text, "Which way")->check(CLI::IsMember({"gp", "none"}));
    run->add_flag("--dry-run", flag, "Write nothing");
    run->footer(".profile is read\n\\ is kept");
    CLI::App* show = app.add_subcommand("show", "Show it");
    show->add_option("FILE", text, "What is shown");
    app.add_subcommand("hidden", "Not for people")->group("");
    add_exit_codes(app, kExitCodes);
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string output_of(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) output += buffer.data();
  pclose(pipe);
  return output;
}

// What bash offers for the last of the words.
std::string completed(const std::string& words, int at, const std::string& folder = "/") {
  const TemporaryDirectory work;
  const std::string script = work.path() / "tool";
  std::ofstream(script) << bash_completion(Program().app);
  return output_of("cd " + folder + " && bash -c 'compopt() { :; }; source " + script +
                   "; COMP_WORDS=(" + words + "); COMP_CWORD=" + std::to_string(at) +
                   "; _tool; echo \"${COMPREPLY[*]}\"'");
}

}  // namespace

TEST_CASE("a manual page has the commands, their options and what is in their help") {
  const std::string page = manual_page(Program().app, {8, "tool 1.0", "other(1)"});
  CHECK(has(page, ".TH TOOL 8 \"\" \"tool 1.0\""));
  CHECK(has(page, "\ntool \\- does what it does\n"));
  CHECK(has(page, "\n.SS tool run\nRun it: now.\n"));
  CHECK(has(page, "\\fB\\-\\-log\\fR \\fILOG.csv\\fR\nWhere it's written (required)\n"));
  CHECK(has(page, "How much [of it] (0 to 1)\n"));
  CHECK(has(page, "\n\\&.profile is read\n\\e is kept\n"));
  CHECK(has(page, "\n.SH SEE ALSO\nother(1)\n"));
  CHECK_FALSE(has(page, "hidden"));
  const std::size_t codes = page.find("0 ok, 1 a check");
  CHECK(codes != std::string::npos);
  CHECK(page.find("0 ok, 1 a check", codes + 1) == std::string::npos);
}

TEST_CASE("groff finds nothing to warn of in a manual page") {
  if (!std::filesystem::exists("/usr/bin/groff")) return skip_test("needs groff");
  const TemporaryDirectory work;
  const std::string file = work.path() / "tool.8";
  std::ofstream(file) << manual_page(Program().app, {8, "tool 1.0", "other(1)"});
  CHECK(output_of("groff -man -Tutf8 -ww -z " + file + " 2>&1").empty());
  CHECK(has(output_of("groff -man -Tascii -P-cbou " + file), "--log LOG.csv"));
}

TEST_CASE("bash completes commands, options, and what options allow") {
  CHECK(completed("tool r", 1) == "run\n");
  CHECK(completed("tool run --s", 2) == "--share\n");
  CHECK(completed("tool run --how \"\"", 3) == "gp none\n");
  CHECK(completed("tool run --share \"\"", 3) == "\n");
  CHECK(completed("tool --configs etc run --dr", 4) == "--dry-run\n");
  CHECK_FALSE(has(completed("tool \"\"", 1), "hidden"));
}

TEST_CASE("bash completes files and folders by name") {
  const TemporaryDirectory folder;
  std::ofstream(folder.path() / "a b.csv") << "x";
  std::filesystem::create_directory(folder.path() / "deep");
  const std::string in = folder.path();
  CHECK(completed("tool run --log a", 3, in) == "a b.csv\n");
  CHECK(completed("tool --configs \"\"", 2, in) == "deep\n");
  CHECK(completed("tool show d", 2, in) == "deep\n");
}

TEST_CASE("zsh is told the options with what they take") {
  const std::string text = zsh_completion(Program().app);
  CHECK(text.starts_with("#compdef tool\n"));
  CHECK(has(text, "'run:Run it\\: now'"));
  CHECK(has(text, "'--log[Where it'\\''s written]:LOG.csv:_files'"));
  CHECK(has(text, "'--share[How much \\[of it\\] (0 to 1)]:NUMBER: '"));
  CHECK(has(text, "'--how[Which way (gp, none)]:TEXT:(gp none)'"));
  CHECK(has(text, "'--configs[A folder]:DIR:_files -/'"));
  CHECK(has(text, "'*:FILE:_files'"));
  CHECK_FALSE(has(text, "hidden"));
}

TEST_CASE("zsh understands the file") {
  if (!std::filesystem::exists("/usr/bin/zsh")) return skip_test("needs zsh");
  const TemporaryDirectory work;
  const std::string file = work.path() / "_tool";
  std::ofstream(file) << zsh_completion(Program().app);
  CHECK(output_of("zsh -n " + file + " 2>&1").empty());
}
