#include "tools/interrupt.h"

#include <poll.h>
#include <signal.h>

#include <atomic>
#include <memory>
#include <thread>

#include "tools/stop_signals.h"

namespace flyball {

namespace {

// Asked from everywhere, set by the watching thread.
std::atomic<bool> signalled{false};

[[noreturn]] void watch(StopSignals& signals) {
  while (true) {
    pollfd waiting = {signals.descriptor(), POLLIN, 0};
    poll(&waiting, 1, -1);
    const int number = signals.take();
    if (number == 0) continue;
    // timeout(1) sends SIGTERM twice, and what was done has to be saved.
    if (signalled.exchange(true) && number == SIGINT) end_by_signal(SIGINT);
  }
}

}  // namespace

void watch_for_interrupts() {
  auto signals = std::make_unique<StopSignals>(std::initializer_list<int>{SIGINT, SIGTERM, SIGHUP});
  std::thread([signals = std::move(signals)] { watch(*signals); }).detach();
}

bool interrupted() noexcept { return signalled.load(); }

}  // namespace flyball
