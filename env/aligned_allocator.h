// Memory that begins at a cache line, for columns whose rows are to touch as few lines as they can.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace flyball {

inline constexpr std::size_t kCacheLineBytes = 64;

template <typename T>
struct AlignedAllocator {
  using value_type = T;

  AlignedAllocator() = default;
  template <typename Other>
  AlignedAllocator(const AlignedAllocator<Other>&) noexcept {}

  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new (count * sizeof(T), std::align_val_t{kCacheLineBytes}));
  }
  void deallocate(T* memory, std::size_t) noexcept {
    ::operator delete (memory, std::align_val_t{kCacheLineBytes});
  }
  template <typename Other>
  bool operator==(const AlignedAllocator<Other>&) const noexcept {
    return true;
  }
};

using AlignedFloats = std::vector<float, AlignedAllocator<float>>;

// Asks for the line of `address` to be brought near; a hint that changes no result.
inline void prefetch(const void* address) {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#else
  static_cast<void>(address);
#endif
}

}  // namespace flyball
