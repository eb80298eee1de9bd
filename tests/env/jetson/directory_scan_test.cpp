#include "env/jetson/directory_scan.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "tests/support/board_tree.h"

using namespace flyball;

TEST_CASE("entries come in numerical order, and a directory that is not there has none") {
  BoardTree tree;
  for (const char* name : {"policy10", "policy2", "policy0", "other"}) {
    tree.write(std::string("/cpufreq/") + name + "/x", "1");
  }
  const std::string directory = tree.root() + "/cpufreq";
  CHECK(list_directory(directory, "policy") == std::vector<std::string>{directory + "/policy0",
                                                                        directory + "/policy2",
                                                                        directory + "/policy10"});
  CHECK(list_directory(tree.root() + "/nowhere").empty());
}

TEST_CASE("the GPU is found among other engines, by the names that boards give it") {
  for (const char* gpu :
       {"57000000.gpu", "17000000.gv11b", "17000000.gp10b", "17000000.ga10b", "gpu-gpc-0"}) {
    BoardTree tree;
    tree.write("/sys/class/devfreq/15340000.vic/governor", "wmark");
    tree.write("/sys/class/devfreq/gpu-nvd-0/governor", "nvhost_podgov");  // Thor's video engines
    CHECK(find_gpu_devfreq(tree.root()).empty());
    tree.write(std::string("/sys/class/devfreq/") + gpu + "/governor", "nvhost_podgov");
    CHECK(find_gpu_devfreq(tree.root()) == tree.root() + "/sys/class/devfreq/" + gpu);
  }
}

TEST_CASE("a sensor without a value yet is not one that fails") {
  CHECK(is_not_ready({ENODATA, std::generic_category()}));
  CHECK(is_not_ready({EAGAIN, std::generic_category()}));
  CHECK_FALSE(is_not_ready({EIO, std::generic_category()}));
  CHECK_FALSE(is_not_ready({}));
}
