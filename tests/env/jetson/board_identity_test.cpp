#include "env/jetson/board_identity.h"

#include <doctest/doctest.h>

#include "tests/support/board_tree.h"

using namespace flyball;

TEST_CASE("the device tree names module and carrier, each once") {
  using namespace std::string_literals;
  CHECK(modules_in("nvidia,p3768-0000+p3767-0004\0nvidia,p3767-0004\0nvidia,tegra234\0"s) ==
        std::vector<std::string>{"p3768-0000", "p3767-0004"});
  CHECK(modules_in("nvidia,p3449-0000-b00+p3448-0000-b00\0nvidia,jetson-nano"s) ==
        std::vector<std::string>{"p3449-0000", "p3448-0000"});
  CHECK(modules_in("nvidia,p3767\0p3767-000"s).empty());
  CHECK(modules_in("").empty());
}

TEST_CASE("the module is read from either place of the device tree, and may be missing") {
  BoardTree tree;
  CHECK(modules_under(tree.root()).empty());
  tree.write("/sys/firmware/devicetree/base/compatible", "nvidia,p3636-0001");
  CHECK(modules_under(tree.root()) == std::vector<std::string>{"p3636-0001"});
  tree.write("/proc/device-tree/compatible", "nvidia,p2597-0000+p3310-1000");
  CHECK(modules_under(tree.root()) == std::vector<std::string>{"p2597-0000", "p3310-1000"});
}
