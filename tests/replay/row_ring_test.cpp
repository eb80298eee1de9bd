#include "replay/row_ring.h"

#include <doctest/doctest.h>

#include <thread>

using namespace flyball;

namespace {

// A row all of whose parts say which one it is.
TelemetryRow numbered_row(std::uint64_t number) {
  const auto value = static_cast<double>(number);
  TelemetryRow row;
  row.telemetry.time_seconds = value;
  row.telemetry.domains.refill(value).assign(4,
                                             DomainTelemetry{value, value, value, value, {}, {}});
  row.period_seconds = value;
  row.after_effect.energy_joules = value;
  return row;
}

bool is_whole(const TelemetryRow& row) {
  const double value = row.telemetry.time_seconds;
  bool same = row.period_seconds == value && row.after_effect.energy_joules == value;
  for (const DomainTelemetry& domain : *row.telemetry.domains) {
    same = same && domain.requested_hz == value && domain.ceiling_hz == value;
  }
  return same;
}

}  // namespace

TEST_CASE("rows come out in order, what finds the ring full is dropped and counted") {
  RowRing ring(2);
  CHECK(ring.front() == nullptr);
  for (std::uint64_t i = 0; i < 3; ++i) ring.write(numbered_row(i));
  CHECK(ring.dropped() == 1);
  for (std::uint64_t i = 0; i < 2; ++i) {
    REQUIRE(ring.front() != nullptr);
    CHECK(ring.front()->period_seconds == static_cast<double>(i));
    ring.pop();
  }
  CHECK(ring.front() == nullptr);
  CHECK(ring.written() == 2);
  CHECK(ring.read() == 2);
}

TEST_CASE("between two threads no row is torn, lost or repeated") {
  constexpr std::uint64_t kRows = 50'000;
  RowRing ring(16);
  std::jthread producer([&] {
    for (std::uint64_t i = 0; i < kRows; ++i) {
      while (ring.written() - ring.read() == 16) std::this_thread::yield();
      ring.write(numbered_row(i));
    }
  });
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < kRows; ++i) {
    const TelemetryRow* row = ring.front();
    while (row == nullptr) {
      std::this_thread::yield();
      row = ring.front();
    }
    wrong += !is_whole(*row) || row->period_seconds != static_cast<double>(i) ? 1 : 0;
    ring.pop();
  }
  CHECK(wrong == 0);
  CHECK(ring.dropped() == 0);
}
