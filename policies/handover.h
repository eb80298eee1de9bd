// The newest of a sequence of values, handed from one thread to another without a lock: a triple
// buffer. Both sides are wait-free; values that nobody took are overwritten.
//
// Three slots: the writer's, the reader's, and one in between that either side swaps for its own
// with one atomic exchange. Nobody ever touches a slot of the other's, so what is read was written
// completely. Nothing is allocated or copied in a swap.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

namespace flyball {

template <typename T>
class Handover {
 public:
  // The reader's first value; the other slots begin as copies.
  explicit Handover(T first) : slots_{first, first, std::move(first)} {}
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;

  // The writer's thread: overwrite all of it, then publish() hands it over.
  T& next() { return slots_[write_]; }
  void publish() { write_ = middle_.exchange(write_ | kFresh, std::memory_order_acq_rel) & kSlot; }

  // The reader's thread: takes what was published last, if that is new; true if it was.
  bool take() noexcept {
    if ((middle_.load(std::memory_order_relaxed) & kFresh) == 0) return false;
    read_ = middle_.exchange(read_, std::memory_order_acq_rel) & kSlot;
    return true;
  }
  // What was taken last, the reader's until the next take().
  T& current() noexcept { return slots_[read_]; }

 private:
  static constexpr std::uint8_t kSlot = 3;
  static constexpr std::uint8_t kFresh = 4;
  static_assert(std::atomic<std::uint8_t>::is_always_lock_free);

  std::array<T, 3> slots_;
  alignas(64) std::uint8_t write_ = 0;
  alignas(64) std::uint8_t read_ = 2;
  alignas(64) std::atomic<std::uint8_t> middle_{1};
};

}  // namespace flyball
