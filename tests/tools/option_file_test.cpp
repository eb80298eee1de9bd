#include "tools/option_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "env/errors.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_directory.h"
#include "tools/program.h"

using namespace flyball;

namespace fs = std::filesystem;

namespace {

// A program with two commands, one of which takes a file.
struct Program {
  TemporaryDirectory folder;
  CLI::App app{"What it does.", "tool"};
  CLI::App* command = app.add_subcommand("run", "Run it");
  std::string configs, policy, board, root;
  std::optional<double> eta;
  std::vector<std::string> knobs;
  bool guarded = true;

  Program() {
    app.require_subcommand(1);
    command->fallthrough();
    app.add_option("--configs", configs, "Folder")->type_name("DIR");
    app.add_subcommand("status", "Show it");
    command->add_option("--policy", policy, "The policy file")->type_name("P.flyball")->required();
    command->add_option("--board", board, "Board")->type_name("BOARD");
    command->add_option("--root", root, "Root")->type_name("DIR");
    command->add_option("--miss-limit", eta, "Weight")->check(number_in(0.0, 1.0));
    command->add_option("--knobs", knobs, "Knobs")->delimiter(',');
    command->add_flag("!--no-guard", guarded, "No guard");
    add_config_option(*command);
  }
  std::string file() const { return (folder.path() / "flyball.toml").string(); }
  std::vector<OptionEntry> entries(const std::string& text, Words words = {"run"}) {
    std::ofstream(file()) << text;
    chmod(file().c_str(), 0644);
    words.insert(words.end(), {"--config", file()});
    return option_entries(app, words);
  }
  void parse(const std::string& text, const Words& words = {"run"}) {
    parse_words(app, with_entries(words, entries(text, words)));
  }
  std::string refusal(const std::string& text) {
    return error_text([&] { entries(text); });
  }
};

}  // namespace

TEST_CASE("what the file says becomes options, paths count from its folder") {
  Program program;
  program.parse(
      "configs = 'share'\n[run]\npolicy = 'p.flyball'\nboard = 'nano-4gb'\nmiss_limit = 0.25\n"
      "knobs = ['cpu', 'gpu']\nno_guard = true\n");
  CHECK(program.policy == (program.folder.path() / "p.flyball").string());
  CHECK(program.configs == (program.folder.path() / "share").string());
  CHECK(program.board == "nano-4gb");
  CHECK(program.eta == 0.25);
  CHECK(program.knobs == Words{"cpu", "gpu"});
  CHECK_FALSE(program.guarded);
}

TEST_CASE("the command line beats the file, and a flag that is false changes nothing") {
  Program program;
  program.parse("[run]\npolicy = '/p.flyball'\nmiss_limit = 1\nno_guard = false\n",
                {"run", "--miss-limit=0.5", "--policy", "q.flyball"});
  CHECK(program.policy == "q.flyball");
  CHECK(program.eta == 0.5);
  CHECK(program.guarded);
}

TEST_CASE("a wrong value is refused with its place, also where the command line says another") {
  Program program;
  CHECK(program.refusal("[run]\nmiss_limit = 2\n") ==
        program.file() + ":2:14: run.miss_limit: \"2\" is not a number from 0 to 1");
  CHECK(program.refusal("[run]\npolicy = 'p'\nmiss_limit = 'much'\n") ==
        program.file() + ":3:14: run.miss_limit: \"much\" is not a number from 0 to 1");
  CHECK(program.refusal("[run]\nno_guard = 1\n") ==
        program.file() + ":2:12: run.no_guard: must be true or false, is the whole number 1");
  CHECK(
      program.refusal("[run]\nboard = {}\n").starts_with(program.file() + ":2:9: run.board: must"));
  CHECK(error_text([&] {
          program.entries("[run]\nmiss_limit = 2\n", {"run", "--miss-limit", "0.5"});
        }).find(":2:14: run.miss_limit") != std::string::npos);
}

TEST_CASE("an unknown key or table is refused with the nearest one") {
  Program program;
  CHECK(program.refusal("[run]\nmis_limit = 1\n") ==
        program.file() + ":2:1: run.mis_limit: unknown key; did you mean \"miss_limit\"?");
  CHECK(program.refusal("[rum]\n").find(":1:") != std::string::npos);
  CHECK(program.refusal("[run]\nroot = '/'\n").find("run.root: unknown key") != std::string::npos);
  CHECK(program.refusal("[run]\nconfig = 'a'\n").find("unknown key") != std::string::npos);
  CHECK(program.refusal("[run\n").starts_with(program.file() + ":1:"));
}

TEST_CASE("a file that others may write, a link and a file that extends another are refused") {
  Program program;
  std::ofstream(program.file()) << "[run]\n";
  const Words words = {"run", "--config", program.file()};
  chmod(program.file().c_str(), 0666);
  CHECK(error_text([&] {
          option_entries(program.app, words);
        }).find("writable by group or others") != std::string::npos);
  chmod(program.file().c_str(), 0644);
  CHECK_NOTHROW(option_entries(program.app, words));
  const std::string link = (program.folder.path() / "link.toml").string();
  fs::create_symlink(program.file(), link);
  CHECK(error_text([&] {
          option_entries(program.app, {"run", "--config", link});
        }).find("a symbolic link") != std::string::npos);
  std::ofstream(program.folder.path() / "base.toml") << "[run]\nmiss_limit = 1\n";
  CHECK(program.refusal("extends = 'base.toml'\n").find("extends another file") !=
        std::string::npos);
  CHECK(error_text([&] {
          option_entries(program.app, {"run", "--config", "/nonexistent"});
        }).starts_with("/nonexistent: "));
}

TEST_CASE("the usual file is that under the root, for commands that take one") {
  Program program;
  const fs::path root = program.folder.path() / "root";
  const Words words = {"run", "--root", root.string()};
  CHECK(option_file(program.app, words).empty());
  fs::create_directories(root / "etc/flyball");
  std::ofstream(root / "etc/flyball/flyball.toml") << "[run]\nmiss_limit = 1\n";
  CHECK(option_file(program.app, words) == (root / "etc/flyball/flyball.toml").string());
  CHECK(option_file(program.app, {"run", "--root=" + root.string()}) ==
        option_file(program.app, words));
  CHECK(option_file(program.app, {"status", "--root", root.string()}).empty());
  CHECK(option_file(program.app, {"run", "--root", root.string(), "--help"}).empty());
}

TEST_CASE("of two readings the entry that may not change is named") {
  Program program;
  const auto former = program.entries("[run]\nmiss_limit = 1\nboard = 'a'\n");
  const Words may = {"--miss-limit"};
  CHECK(changed_entry(former, former, may).empty());
  CHECK(
      changed_entry(former, program.entries("[run]\nmiss_limit = 0\nboard = 'a'\n"), may).empty());
  CHECK(changed_entry(former, program.entries("[run]\nboard = 'a'\n"), may).empty());
  CHECK(changed_entry(former, program.entries("[run]\nboard = 'b'\n"), may) ==
        program.file() + ":2:9: run.board");
  CHECK(changed_entry(former, program.entries("[run]\nmiss_limit = 1\n"), may) ==
        program.file() + ":3:9: run.board (no longer there)");
}

TEST_CASE("the template names every key, and is a file that may be read") {
  Program program;
  const std::string text = option_file_template(program.app, {{"run.policy", "policy.flyball"}});
  for (const char* line : {"\n#configs = DIR\n", "\n[run]\n", "\npolicy = \"policy.flyball\"\n",
                           "\n#miss_limit = NUMBER\n", "\n#no_guard = true\n"}) {
    CAPTURE(line);
    CHECK(text.find(line) != std::string::npos);
  }
  CHECK(text.find("root") == std::string::npos);
  CHECK(text.find("status") == std::string::npos);
  const auto entries = program.entries(text);
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].option == "--policy");
}
