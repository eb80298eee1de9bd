#include "tools/config/config_directory.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include "tests/support/error_text.h"

using namespace flyball;

namespace {

// FLYBALL_CONFIGS for one test.
class ConfigsVariable {
 public:
  explicit ConfigsVariable(const std::string& value) {
    setenv("FLYBALL_CONFIGS", value.c_str(), 1);
  }
  ~ConfigsVariable() { unsetenv("FLYBALL_CONFIGS"); }
};

const std::string kConfigs = FLYBALL_SOURCE_DIR "/configs";

}  // namespace

TEST_CASE("configurations are found above the running program") {
  unsetenv("FLYBALL_CONFIGS");
  CHECK(std::filesystem::equivalent(config_directory(), kConfigs));
}

TEST_CASE("FLYBALL_CONFIGS names another folder and must hold boards") {
  const ConfigsVariable variable(kConfigs + "/boards");
  CHECK(error_text([] { config_directory(); }) ==
        kConfigs +
            "/boards: not a folder of configurations, it has no boards/ (--configs or "
            "FLYBALL_CONFIGS)");
}

TEST_CASE("an id is looked up by kind, a path is taken as it is") {
  const ConfigsVariable variable(kConfigs);
  CHECK(find_config("boards", "nano-4gb") == kConfigs + "/boards/nano-4gb.toml");
  CHECK(find_config("boards", "nano-4gb.toml", kConfigs + "/boards") ==
        kConfigs + "/boards/nano-4gb.toml");
  CHECK(error_text([] { find_config("boards", "/nowhere/x.toml"); }) ==
        "/nowhere/x.toml: no such board file");
}

TEST_CASE("an unknown id suggests the nearest and lists all") {
  const ConfigsVariable variable(kConfigs);
  CHECK(error_text([] { find_config("boards", "nano-4g"); }) ==
        "no board \"nano-4g\" in " + kConfigs +
            "/boards; did you mean \"nano-4gb\"? (there are: agx-orin-32gb, agx-orin-64gb, "
            "agx-thor-128gb, agx-xavier-32gb, nano-4gb, orin-nano-4gb, orin-nano-8gb, "
            "orin-nano-super-8gb, orin-nx-16gb, orin-nx-8gb, orin-nx-super-16gb, tx2-8gb, "
            "tx2-nx-4gb, xavier-nx-8gb; or give the path of a file)");
}
