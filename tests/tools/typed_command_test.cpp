#include "tools/typed_command.h"

#include <doctest/doctest.h>

using namespace flyball;

TEST_CASE("words are quoted where a shell would take them apart") {
  CHECK(shell_text({"flyball", "evaluate", "--governors", "stock,fixed:gpu=1GHz"}) ==
        "flyball evaluate --governors stock,fixed:gpu=1GHz");
  CHECK(shell_text({"--set", "a b", "it's", ""}) == "--set 'a b' 'it'\\''s' ''");
}

TEST_CASE("a program knows how it was started") {
  CHECK(typed_command().starts_with("tools_base_test"));
}
