#include "tools/stop_signals.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace flyball;

namespace {

// The wait status of a child that does `work` and exits with what it returns.
template <typename Work>
int status_of(Work work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

bool is_readable(int descriptor) {
  pollfd waiting = {descriptor, POLLIN, 0};
  return poll(&waiting, 1, 0) == 1;
}

}  // namespace

TEST_CASE("a stop signal waits until it is taken, and a forked child sees its own") {
  const int status = status_of([] {
    StopSignals signals{SIGINT, SIGTERM};
    if (signals.take() != 0 || is_readable(signals.descriptor())) return 1;
    kill(getpid(), SIGTERM);
    const pid_t child = fork();
    if (child == 0) {
      if (signals.take() != 0) _exit(1);  // the parent's is not the child's
      kill(getpid(), SIGINT);
      _exit(signals.take() == SIGINT ? 0 : 2);
    }
    int ended = 0;
    waitpid(child, &ended, 0);
    if (ended != 0) return 3;
    if (!is_readable(signals.descriptor()) || signals.take() != SIGTERM) return 4;
    return signals.take() == 0 ? 0 : 5;
  });
  CHECK(status == 0);
}

TEST_CASE("a hang-up that was ignored before stays ignored") {
  const int status = status_of([] {
    signal(SIGHUP, SIG_IGN);
    StopSignals signals{SIGHUP};
    kill(getpid(), SIGHUP);
    return signals.take();
  });
  CHECK(status == 0);
}

TEST_CASE("a program ends by a signal as if it had never blocked it") {
  const int status = status_of([] {
    StopSignals signals{SIGINT};
    end_by_signal(SIGINT);
    return 0;
  });
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGINT);
}
