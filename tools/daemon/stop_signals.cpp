#include "tools/daemon/stop_signals.h"

#include <signal.h>

#include <atomic>

namespace flyball {

namespace {

// A signal handler can reach nothing but a global.
std::atomic<int> signalled{0};
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int number) { signalled.store(number); }

}  // namespace

void install_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = on_signal;  // no SA_RESTART: sleeps must end
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

int stop_signal() noexcept { return signalled.load(); }

}  // namespace flyball
