// Rows from one thread to another without a lock: a ring of one producer and one consumer, both
// wait-free. A slot's storage is reused, so once every slot has held a row of a log's form nothing
// is allocated on the way in.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "env/logs/telemetry_row.h"

namespace flyball {

class RowRing final : public TelemetrySink {
 public:
  explicit RowRing(std::size_t capacity) : slots_(std::max<std::size_t>(capacity, 1)) {}

  // The producer's thread. A row that finds the ring full is dropped and counted: whoever acts
  // never waits for whoever learns.
  void write(const TelemetryRow& row) override {
    const std::uint64_t written = written_.load(std::memory_order_relaxed);
    if (written - read_.load(std::memory_order_acquire) == slots_.size()) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    slots_[written % slots_.size()] = row;
    written_.store(written + 1, std::memory_order_release);
  }

  // The consumer's thread: the oldest row, or null when there is none. It stays until pop().
  const TelemetryRow* front() const {
    const std::uint64_t read = read_.load(std::memory_order_relaxed);
    if (read == written_.load(std::memory_order_acquire)) return nullptr;
    return &slots_[read % slots_.size()];
  }
  // Requires: front() is not null.
  void pop() { read_.store(read_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

  // Any thread.
  std::uint64_t written() const { return written_.load(std::memory_order_acquire); }
  std::uint64_t read() const { return read_.load(std::memory_order_acquire); }
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  std::vector<TelemetryRow> slots_;
  alignas(64) std::atomic<std::uint64_t> written_{0};
  alignas(64) std::atomic<std::uint64_t> read_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace flyball
