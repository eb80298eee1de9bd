#include "replay/sum_tree.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "env/draw.h"

using namespace flyball;

TEST_CASE("a slot is found where the running sum passes the number drawn") {
  for (const std::size_t capacity : {1UL, 5UL, 16UL, 17UL, 300UL, 5000UL}) {
    CAPTURE(capacity);
    SumTree tree(capacity);
    std::vector<float> priorities(capacity);
    for (std::size_t i = 0; i < capacity; ++i) {
      priorities[i] = static_cast<float>((i * 7 + 3) % 5);  // some are 0; sums are exact
      tree.set(i, priorities[i]);
    }
    CHECK(tree.total() == std::accumulate(priorities.begin(), priorities.end(), 0.0F));
    float before = 0.0F;
    for (std::size_t i = 0; i < capacity; ++i) {
      if (priorities[i] > 0.0F) {
        CHECK(tree.find(before) == i);
        CHECK(tree.find(before + priorities[i] - 0.5F) == i);
      }
      before += priorities[i];
    }
    CHECK(priorities[tree.find(tree.total())] > 0.0F);
  }
}

TEST_CASE("after a million updates the root still equals the sum of the leaves") {
  const std::size_t capacity = 10'000;
  SumTree tree(capacity);
  std::mt19937_64 random(1);
  for (int i = 0; i < 1'000'000; ++i) {
    tree.set(draw_index(random, capacity), static_cast<float>(draw_unit(random)));
  }
  double sum = 0.0;
  for (std::size_t i = 0; i < capacity; ++i) sum += static_cast<double>(tree.get(i));
  CHECK(static_cast<double>(tree.total()) == doctest::Approx(sum).epsilon(1e-5));
}

TEST_CASE("a batch leaves the tree as its updates one by one do, bit by bit") {
  const std::size_t capacity = 3000;
  SumTree together(capacity);
  SumTree alone(capacity);
  std::mt19937_64 random(9);
  std::vector<std::uint32_t> slots(256);
  std::vector<float> priorities(256);
  std::vector<float> sums(256);
  for (int round = 0; round < 50; ++round) {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      // Unsorted, and some of them twice: the last one counts.
      slots[i] = static_cast<std::uint32_t>(draw_index(random, round % 2 == 0 ? capacity : 40));
      priorities[i] = static_cast<float>(draw_unit(random));
      alone.set(slots[i], priorities[i]);
    }
    together.set(slots, priorities);
    CHECK(together.total() == alone.total());
    for (std::size_t i = 0; i < capacity; ++i) REQUIRE(together.get(i) == alone.get(i));
    for (float& sum : sums) sum = static_cast<float>(draw_unit(random)) * alone.total();
    const std::vector<float> asked = sums;
    together.find(sums, slots);
    for (std::size_t i = 0; i < slots.size(); ++i) REQUIRE(slots[i] == alone.find(asked[i]));
  }
}

TEST_CASE("filling a range leaves the tree as setting its slots does") {
  for (const auto& [first, last] : {std::pair{0UL, 999UL}, {17UL, 17UL}, {250UL, 800UL}}) {
    SumTree filled(1000);
    SumTree alone(1000);
    filled.fill(first, last, 0.3F);
    for (std::size_t slot = first; slot <= last; ++slot) alone.set(slot, 0.3F);
    CHECK(filled.total() == alone.total());
    CHECK(filled.find(0.0F) == first);
    CHECK(filled.find(filled.total()) == last);
  }
}

TEST_CASE("slots of priority 0 are never found, wherever rounding leads") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 200; ++round) {
    SumTree tree(600);
    for (std::size_t slot = 0; slot < 600; ++slot) {
      // Wide spread, mostly zeros: sums of four and running sums round differently.
      const double priority = std::pow(10.0, 8.0 * draw_unit(random) - 4.0);
      if (draw_unit(random) < 0.3) tree.set(slot, static_cast<float>(priority));
    }
    for (int draw = 0; draw < 100; ++draw) {
      const auto sum = static_cast<float>(draw_unit(random)) * tree.total();
      REQUIRE(tree.get(tree.find(sum)) > 0.0F);
    }
    REQUIRE(tree.get(tree.find(tree.total())) > 0.0F);
  }
}

TEST_CASE("a tree holds a million priorities") {
  SumTree tree(1'000'000);
  tree.set(999'999, 2.0F);
  tree.set(0, 1.0F);
  CHECK(tree.total() == 3.0F);
  CHECK(tree.find(1.5F) == 999'999);
}

TEST_CASE("a tree without slots is refused") { CHECK_THROWS_AS(SumTree(0), std::invalid_argument); }
