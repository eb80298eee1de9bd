#include "tools/interrupt.h"

#include <signal.h>

#include <atomic>

namespace flyball {

namespace {

// A signal handler can reach nothing but a global.
std::atomic<bool> signalled{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int) { signalled.store(true); }

}  // namespace

void install_interrupt_handlers() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // no SA_RESTART: sleeps must end
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  action.sa_flags = 0;  // timeout(1) sends SIGTERM twice, and what was done has to be saved
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() noexcept { return signalled.load(); }

}  // namespace flyball
