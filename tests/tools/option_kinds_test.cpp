#include "tools/option_kinds.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tools/program.h"

using namespace flyball;

TEST_CASE("what an option takes is what its value's name says") {
  CLI::App app("", "tool");
  std::string text;
  double number = 0.0;
  bool flag = false;
  CHECK(takes(*app.add_option("--log", text)->type_name("LOG.csv")) == OptionTakes::kFile);
  CHECK(takes(*app.add_option("--root", text)->type_name("DIR")) == OptionTakes::kFolder);
  CHECK(takes(*app.add_option("--config", text)->type_name("FILE")) == OptionTakes::kFile);
  CHECK(takes(*app.add_option("--board", text)->type_name("BOARD")) == OptionTakes::kText);
  CHECK(takes(*app.add_flag("--json", flag)) == OptionTakes::kNothing);
  CLI::Option* ranged = app.add_option("--eta", number, "Weight")->check(number_in(0.0, 1.0));
  CHECK(value_name(*ranged) == "NUMBER");
  CHECK(option_sentence(*ranged) == "Weight (0 to 1)");
  CHECK(long_name(*ranged) == "eta");
  CHECK(value_name(*app.add_option("--column", text)->type_name("ROLE=NAME[:UNIT]")) ==
        "ROLE=NAME[:UNIT]");
}

TEST_CASE("the words that an option allows are its choices") {
  CLI::App app("", "tool");
  std::string text;
  CHECK(choices(*app.add_option("--how", text)->check(CLI::IsMember({"gp", "none"}))) ==
        std::vector<std::string>{"gp", "none"});
  CHECK(choices(*app.add_option("--any", text)).empty());
}

TEST_CASE("what --help hides, and the parser's own options, are not shown") {
  CLI::App app("", "tool");
  std::string text;
  app.set_version_flag("--version", "1");
  app.add_option("--seen", text);
  app.add_option("--hidden", text)->group("");
  app.add_subcommand("run", "Run");
  app.add_subcommand("internal", "Not for people")->group("");
  REQUIRE(shown_options(app).size() == 1);
  CHECK(long_name(*shown_options(app).front()) == "seen");
  REQUIRE(shown_commands(app).size() == 1);
  CHECK(shown_commands(app).front()->get_name() == "run");
}
