#include "tools/config/suite.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "env/errors.h"
#include "tests/support/temporary_directory.h"
#include "tools/config/config_directory.h"
#include "tools/config/scenario.h"

using namespace flyball;

TEST_CASE("every shipped suite names scenarios that there are, each once") {
  const std::vector<std::string> ids = list_configs("suites");
  CHECK(ids == std::vector<std::string>{"dynamic", "loudva", "rpe"});
  for (const std::string& id : ids) {
    CAPTURE(id);
    Suite suite = load_suite(id);
    CHECK(suite.id == id);
    CHECK(std::count(suite.governors.begin(), suite.governors.end(), "learned") == 1);
    if (!suite.measurements) {
      for (const std::string& name : suite.scenarios) CHECK_NOTHROW(load_scenario(name));
    }
    std::sort(suite.scenarios.begin(), suite.scenarios.end());
    CHECK(std::adjacent_find(suite.scenarios.begin(), suite.scenarios.end()) ==
          suite.scenarios.end());
  }
  CHECK(load_suite("rpe").scenarios.size() == 18);
  CHECK(load_suite("loudva").measurements == "loudva");
}

TEST_CASE("a suite without scenarios, or of measurements that nobody knows, is refused") {
  const TemporaryDirectory folder;
  const std::string path = (folder.path() / "mine.toml").string();
  const auto write = [&](const std::string& text) { std::ofstream(path) << text; };
  write("title = \"T\"\ngovernors = [\"stock\"]\nscenarios = []\n");
  CHECK_THROWS_WITH_AS(load_suite(path), doctest::Contains("scenarios: must name a scenario"),
                       ConfigError);
  write("title = \"T\"\ngovernors = [\"stock\"]\nscenarios = [\"a\"]\nmeasurements = \"mine\"\n");
  CHECK_THROWS_WITH_AS(load_suite(path), doctest::Contains("allowed: loudva"), ConfigError);
  write("title = \"T\"\ngovernors = [\"stock\"]\nscenarios = [\"a\"]\nseeds = 3\n");
  CHECK_THROWS_AS(load_suite(path), ConfigError);
}
