#include "tools/daemon/explore_file.h"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace flyball;

TEST_CASE("what was explored is read as it was written, of the same key alone") {
  const std::vector<FrontierSeen> seen = {{3, true, true, 0.7, 0.25, 0.0, 0.0},
                                          {1, false, true, 0.0, std::nullopt, 120.5, 300.0}};
  const std::string text = to_text(seen, "k");
  CHECK(frontier_seen(text, "other").empty());
  const std::vector<FrontierSeen> read = frontier_seen(text, "k");
  REQUIRE(read.size() == 2);
  CHECK(read[0].trials == 3);
  CHECK(read[0].good);
  CHECK(read[0].busy == 0.25);
  CHECK(!read[1].busy);
  CHECK(read[1].closed_seconds == 120.5);
  for (std::size_t size = text.find("settings"); size + 1 < text.size(); size += 5) {
    CAPTURE(size);
    CHECK_THROWS_AS(frontier_seen(text.substr(0, size), "k"), std::runtime_error);
  }
  CHECK_THROWS_AS(frontier_seen("x", "k"), std::runtime_error);
}

TEST_CASE("another limit, board or knob is another key") {
  FrontierConfig config;
  const std::string key = explore_key("nano-4gb", {"cpu", "gpu"}, config);
  CHECK(explore_key("nano-4gb", {"cpu"}, config) != key);
  CHECK(explore_key("tx2", {"cpu", "gpu"}, config) != key);
  config.limit.latency_seconds = 0.2;
  CHECK(explore_key("nano-4gb", {"cpu", "gpu"}, config) != key);
}
