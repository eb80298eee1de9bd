#include "replay/packed_rows.h"

#include <doctest/doctest.h>

#include <deque>
#include <random>
#include <vector>

using namespace flyball;

TEST_CASE("a column takes memory from the first row that differs") {
  PackedRows rows(100, 3);
  rows.push(std::vector<std::uint32_t>{7, 8, 9});
  rows.push(std::vector<std::uint32_t>{7, 8, 9});
  CHECK(rows.stored_columns() == 0);
  CHECK(rows.memory_bytes() == 0);
  rows.push(std::vector<std::uint32_t>{7, 1, 9});
  CHECK(rows.stored_columns() == 1);
  CHECK(rows.memory_bytes() == 400);
  std::vector<std::uint32_t> row(3);
  rows.read(1, row);
  CHECK(row == std::vector<std::uint32_t>{7, 8, 9});
  rows.read(2, row);
  CHECK(row == std::vector<std::uint32_t>{7, 1, 9});
}

TEST_CASE("rows come out as they went in, whenever columns begin to vary") {
  const std::size_t capacity = 37;
  PackedRows rows(capacity, 5);
  std::deque<std::vector<std::uint32_t>> expected;
  std::mt19937_64 random(3);
  for (std::uint32_t i = 0; i < 300; ++i) {
    std::vector<std::uint32_t> row(5, 11);
    // Column c begins to vary after 40 c rows: before, at and after the ring's first lap.
    for (std::uint32_t c = 0; c < 5; ++c) {
      if (i > 40 * c) row[c] = static_cast<std::uint32_t>(random() % 3);
    }
    rows.push(row);
    expected.push_back(row);
    if (expected.size() > capacity) expected.pop_front();
    REQUIRE(rows.size() == expected.size());
    for (std::size_t index = 0; index < expected.size(); ++index) {
      rows.read(index, row);
      REQUIRE(row == expected[index]);
    }
  }
  CHECK(rows.stored_columns() == 5);
}
