#include "tools/config/set_option.h"

#include <doctest/doctest.h>

#include "env/errors.h"
#include "tools/config/outer_name.h"

using namespace flyball;

TEST_CASE("--set may be repeated and wants a key and a value") {
  CLI::App app;
  std::vector<std::string> assignments;
  add_set_option(app, assignments, "a=1");
  app.parse("--set a=1 --set b.c=");
  CHECK(assignments == std::vector<std::string>{"a=1", "b.c="});
  for (const char* wrong : {"--set a", "--set =1", "--set"}) {
    CAPTURE(wrong);
    CLI::App other;
    std::vector<std::string> none;
    add_set_option(other, none, "a=1");
    CHECK_THROWS_AS(other.parse(wrong), CLI::ParseError);
  }
}

TEST_CASE("what follows a value of --set is an argument of its own") {
  CLI::App app;
  std::vector<std::string> assignments;
  std::string config;
  add_set_option(app, assignments, "a=1");
  app.add_option("config", config);
  app.parse("--set a=1 quickstart");
  CHECK(assignments == std::vector<std::string>{"a=1"});
  CHECK(config == "quickstart");
}

TEST_CASE("keys are sorted by the file that they are of, others are refused") {
  const NamedAssignments named = named_assignments({"board.a=1", "workload.b=2", "board.c.d=3"});
  CHECK(named.board == std::vector<std::string>{"a=1", "c.d=3"});
  CHECK(named.workload == std::vector<std::string>{"b=2"});
  CHECK_THROWS_WITH_AS(named_assignments({"boards.a=1"}),
                       "--set boards.a=1: a key here begins with board. or workload.", ConfigError);
  CHECK_THROWS_WITH_AS(board_assignments({"workload.a=1"}),
                       "--set workload.a=1: a key here begins with board.", ConfigError);
}

TEST_CASE("an error of an inner file cites the key as it was given") {
  CHECK(std::string(with_outer_name(ConfigError("--set a=1: a: wrong"), "board").what()) ==
        "--set board.a=1: a: wrong");
  CHECK(std::string(with_outer_name(ConfigError("f.toml:1:1: a: wrong"), "board").what()) ==
        "f.toml:1:1: a: wrong");
  CHECK(citing_under("board", [] { return 7; }) == 7);
  CHECK_THROWS_WITH_AS(
      citing_under("board", []() -> int { throw ConfigError("--set a=1: a: wrong"); }),
      "--set board.a=1: a: wrong", ConfigError);
}
