#include "tools/interrupt.h"

#include <poll.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "tools/stop_signals.h"

namespace flyball {

namespace {

// Asked from everywhere, set by the watching thread: the first signal, 0 before it.
std::atomic<int> signalled{0};
std::atomic<int> nothing_to_keep{0};  // living InterruptEndsProgram

// One wish to stop may come as two signals: timeout(1) sends its own twice.
constexpr std::chrono::seconds kSameWish{1};

[[noreturn]] void watch(StopSignals& signals) {
  std::chrono::steady_clock::time_point first;
  while (true) {
    pollfd waiting = {signals.descriptor(), POLLIN, 0};
    poll(&waiting, 1, -1);
    const int number = signals.take();
    if (number == 0) continue;
    const auto now = std::chrono::steady_clock::now();
    int none = 0;
    if (signalled.compare_exchange_strong(none, number)) first = now;
    if (nothing_to_keep.load() > 0) end_by_signal(number);
    if (now - first >= kSameWish) end_by_signal(number);
  }
}

}  // namespace

void watch_for_interrupts() {
  auto signals = std::make_unique<StopSignals>(std::initializer_list<int>{SIGINT, SIGTERM, SIGHUP});
  std::thread([signals = std::move(signals)] { watch(*signals); }).detach();
}

bool interrupted() noexcept { return signalled.load() != 0; }

// Counted before it asks, so that a signal in between is seen here or by the watching thread.
InterruptEndsProgram::InterruptEndsProgram() noexcept {
  ++nothing_to_keep;
  if (const int number = signalled.load(); number != 0) end_by_signal(number);
}

InterruptEndsProgram::~InterruptEndsProgram() { --nothing_to_keep; }

}  // namespace flyball
