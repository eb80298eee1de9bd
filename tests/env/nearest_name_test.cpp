#include "env/nearest_name.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace flyball;

namespace {

using Names = std::vector<std::string>;

const Names kBoards = {"agx-orin-64gb", "nano-4gb", "orin-nano-8gb", "xavier-nx-8gb"};

}  // namespace

TEST_CASE("the name with a few letters changed is meant") {
  const Names known = {"evaluate", "emulate", "import"};
  CHECK(near_names("evalute", known) == Names{"evaluate"});
  CHECK(near_names("emulat", known) == Names{"emulate"});
  CHECK(near_names("imprt", known) == Names{"import"});
  CHECK(near_names("Import", known) == Names{"import"});
  CHECK(near_names("cpu_cycle", Names{"gpu_cycles", "cpu_cycles"}) == Names{"cpu_cycles"});
}

TEST_CASE("names that begin so come first, then those of which it is a word") {
  CHECK(near_names("nano", kBoards) == Names{"nano-4gb", "orin-nano-8gb"});
  CHECK(near_names("xavier-nx", kBoards) == Names{"xavier-nx-8gb"});
  CHECK(near_names("nano-4gb-super", kBoards) == Names{"nano-4gb"});
  CHECK(near_names("ano", kBoards).empty());
  CHECK(near_names("n", kBoards).empty());
}

TEST_CASE("nothing is suggested when nothing comes near") {
  CHECK(near_names("frobnicate", kBoards).empty());
  CHECK(near_names("x", {}).empty());
  CHECK(did_you_mean("frobnicate", kBoards).empty());
}

TEST_CASE("an unknown name is told with the near ones and with all") {
  CHECK(did_you_mean("nano", kBoards) == "; did you mean \"nano-4gb\" or \"orin-nano-8gb\"?");
  CHECK(unknown_name("knob", "gpuu", Names{"cpu", "gpu"}) ==
        "no knob \"gpuu\"; did you mean \"gpu\"? (there are: cpu, gpu)");
  CHECK(unknown_name("knob", "fan", Names{"cpu"}) == "no knob \"fan\" (there are: cpu)");
}
