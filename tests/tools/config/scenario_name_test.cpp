#include "tools/config/scenario_name.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/config/scenario.h"

using namespace flyball;

TEST_CASE("a scenario's name may be followed by what is set over its file, and reads back") {
  for (const std::string text :
       {"street-tx2", "my folder/s.toml --set arrivals.deadline_seconds=0.28",
        "a --set arrivals.states=[{ a = 1 }, { b = 2 }] --set title=--set"}) {
    CAPTURE(text);
    CHECK(text_of(parse_scenario_name(text)) == text);
  }
  const ScenarioName name = parse_scenario_name("a --set x=1 --set y=2 3");
  CHECK(name.id_or_path == "a");
  CHECK(name.assignments == std::vector<std::string>{"x=1", "y=2 3"});
}

TEST_CASE("a scenario is loaded with what its name sets, and what is set besides") {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  const Scenario scenario = load_scenario("street-tx2 --set arrivals.deadline_seconds=0.28",
                                          {"arrivals.duration_seconds=60"});
  CHECK(scenario.id == "street-tx2");
  CHECK(scenario.arrivals.deadline_seconds == 0.28);
  CHECK(scenario.arrivals.duration_seconds == 60.0);
}

TEST_CASE("a scenario is here where its name is known or its file is there") {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  CHECK(is_scenario_here({"street-tx2", {"a=b"}}));
  CHECK_FALSE(is_scenario_here({"street", {}}));
  CHECK(is_scenario_here({FLYBALL_SOURCE_DIR "/configs/scenarios/street-tx2.toml", {}}));
  CHECK_FALSE(is_scenario_here({"./street-tx2.toml", {}}));
}
