#include "env/aligned_allocator.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

using namespace flyball;

namespace {

std::size_t beyond_line(const void* address) {
  return reinterpret_cast<std::uintptr_t>(address) % kCacheLineBytes;
}

}  // namespace

TEST_CASE("memory begins at a cache line, whatever its size") {
  for (const std::size_t count : {1U, 3U, 16U, 17U, 1000U}) {
    CAPTURE(count);
    const AlignedFloats floats(count);
    CHECK(beyond_line(floats.data()) == 0);
    const std::vector<char, AlignedAllocator<char>> bytes(count);
    CHECK(beyond_line(bytes.data()) == 0);
  }
}

TEST_CASE("a column that grows keeps its values and begins at a line again") {
  AlignedFloats floats;
  for (int i = 0; i < 500; ++i) {
    floats.push_back(static_cast<float>(i));
    REQUIRE(beyond_line(floats.data()) == 0);
  }
  for (int i = 0; i < 500; ++i) REQUIRE(floats[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("copies have memory of their own, moved columns keep theirs") {
  AlignedFloats floats = {1.0F, 2.0F};
  const AlignedFloats copy = floats;
  CHECK(copy == floats);
  CHECK(copy.data() != floats.data());
  CHECK(beyond_line(copy.data()) == 0);
  const float* memory = floats.data();
  AlignedFloats moved;
  moved = std::move(floats);
  CHECK(moved.data() == memory);
}

TEST_CASE("an allocator gives back what another one of its kind took, of any type") {
  AlignedAllocator<float> floats;
  const AlignedAllocator<double> doubles(floats);
  CHECK(doubles == floats);
  CHECK(floats == AlignedAllocator<float>());
  using Traits = std::allocator_traits<AlignedAllocator<float>>;
  static_assert(std::is_same_v<Traits::rebind_alloc<double>, AlignedAllocator<double>>);
  AlignedAllocator<float> other;
  float* memory = floats.allocate(5);
  CHECK(beyond_line(memory) == 0);
  other.deallocate(memory, 5);
}

TEST_CASE("a prefetch changes nothing, at any address") {
  const AlignedFloats floats = {1.0F, 2.0F};
  prefetch(floats.data());
  prefetch(floats.data() + floats.size());
  prefetch(nullptr);
  CHECK(floats == AlignedFloats{1.0F, 2.0F});
}
