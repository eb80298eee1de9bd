#include "env/jetson/clock_keeper.h"

#include <doctest/doctest.h>

#include <string>

using namespace flyball;

TEST_CASE("a line that fits is kept as it is, and replaces a longer one") {
  FixedText text{};
  put_text(text, "a longer line than the next");
  put_text(text, "short");
  CHECK(std::string(text.data()) == "short");
  put_text(text, "");
  CHECK(std::string(text.data()).empty());
}

TEST_CASE("a line that is too long is cut and still ends") {
  FixedText text{};
  text.fill('x');
  const std::string longest(text.size() - 1, 'a');
  put_text(text, longest);
  CHECK(std::string(text.data()) == longest);
  text.fill('x');
  put_text(text, longest + "and more");
  CHECK(text.back() == '\0');
  CHECK(std::string(text.data()) == longest);
}

TEST_CASE("a keeper that has done nothing yet has no failure") {
  const KeeperState state;
  CHECK(state.limits.empty());
  CHECK(std::string(state.last_failure.data()).empty());
  CHECK(state.report.succeeded());
}
