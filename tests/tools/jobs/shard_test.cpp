#include "tools/jobs/shard.h"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace flyball;

TEST_CASE("every job is of just one shard") {
  for (std::size_t job = 0; job < 10; ++job) {
    std::size_t owners = 0;
    for (const char* text : {"1/3", "2/3", "3/3"}) owners += parse_shard(text).has(job) ? 1 : 0;
    CHECK(owners == 1);
  }
  CHECK(parse_shard("2/3").has(4));
  CHECK(Shard().has(4));
  CHECK(Shard().is_all());
}

TEST_CASE("what is no shard is told with what one looks like") {
  for (const char* text :
       {"", "3", "0/3", "4/3", "1/0", "1/3x", " 1/3", "-1/3", "1/10001", "1/3/5"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(parse_shard(text), doctest::Contains("I/N with 1 <= I <= N"),
                         std::invalid_argument);
  }
}
