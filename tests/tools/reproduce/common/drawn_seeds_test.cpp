#include "tools/reproduce/common/drawn_seeds.h"

#include <doctest/doctest.h>

#include <set>

using namespace flyball;

TEST_CASE("seeds are drawn from the date alone, none twice, and fewer are the first ones") {
  const std::vector<std::uint64_t> seeds = drawn_seeds("2026-11-29", 100);
  CHECK(std::set<std::uint64_t>(seeds.begin(), seeds.end()).size() == 100);
  CHECK(drawn_seeds("2026-11-29", 3) ==
        std::vector<std::uint64_t>(seeds.begin(), seeds.begin() + 3));
  CHECK(drawn_seeds("2026-11-30", 3) != drawn_seeds("2026-11-29", 3));
}
