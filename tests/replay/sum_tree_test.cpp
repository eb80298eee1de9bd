#include "replay/sum_tree.h"

#include <doctest/doctest.h>

#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

#include "replay/draw.h"

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

TEST_CASE("a tree holds a million priorities") {
  SumTree tree(1'000'000);
  tree.set(999'999, 2.0F);
  tree.set(0, 1.0F);
  CHECK(tree.total() == 3.0F);
  CHECK(tree.find(1.5F) == 999'999);
}

TEST_CASE("a tree without slots is refused") { CHECK_THROWS_AS(SumTree(0), std::invalid_argument); }
