#include "tools/guard/kill_timer.h"

#include <doctest/doctest.h>
#include <signal.h>

#include "tests/tools/guard/forked.h"

using namespace flyball;

namespace {

// Longer than any of the timers below; a process that lasts this long was not ended.
int outlast() {
  usleep(300'000);
  return 7;
}

}  // namespace

TEST_CASE("who does not go on in time is ended by the kernel") {
  CHECK(run_forked([] {
          KillTimer timer;
          timer.set(0.03);
          return outlast();
        }) == -SIGKILL);
}

TEST_CASE("the signal cannot be blocked") {
  CHECK(run_forked([] {
          sigset_t all;
          sigfillset(&all);
          sigprocmask(SIG_SETMASK, &all, nullptr);
          KillTimer timer;
          timer.set(0.03);
          return outlast();
        }) == -SIGKILL);
}

TEST_CASE("no time at all is over at once") {
  for (const double seconds : {0.0, -0.25, -3.0, 1e-12}) {
    CAPTURE(seconds);
    CHECK(run_forked([&] {
            KillTimer timer;
            timer.set(seconds);
            return outlast();
          }) == -SIGKILL);
  }
}

TEST_CASE("who goes on in time is left alone") {
  CHECK(run_forked([] {
          KillTimer timer;
          for (int i = 0; i < 10; ++i) {
            timer.set(0.25);
            usleep(40'000);
          }
          return 7;
        }) == 7);
}

TEST_CASE("more time than a clock can count is still a time") {
  CHECK(run_forked([] {
          KillTimer timer;
          timer.set(0.1);
          timer.set(1e30);
          return outlast();
        }) == 7);
}

TEST_CASE("a timer that was never set, or is gone, ends nobody") {
  CHECK(run_forked([] {
          const KillTimer idle;
          {
            KillTimer timer;
            timer.set(0.1);
          }
          return outlast();
        }) == 7);
}

TEST_CASE("a child has no timer of its parent's") {
  const pid_t parent = start_forked([] {
    KillTimer timer;
    timer.set(0.1);
    const pid_t child = start_forked(outlast);
    timer.set(60.0);
    return wait_for(child);
  });
  CHECK(wait_for(parent) == 7);
}
