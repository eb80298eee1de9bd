#include "tools/interrupt.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "tests/tools/guard/forked.h"

using namespace flyball;

namespace {

// Asked so often, every two milliseconds: a signal is taken long before.
constexpr int kMostAsked = 10'000;

bool becomes_true(const std::function<bool()>& holds) {
  for (int asked = 0; asked < kMostAsked; ++asked) {
    if (holds()) return true;
    usleep(2000);
  }
  return false;
}

void signal_myself(int number) { kill(getpid(), number); }

}  // namespace

TEST_CASE("nothing is interrupted before a signal comes") {
  CHECK(run_forked([] {
          if (interrupted()) return 1;
          watch_for_interrupts();
          return interrupted() ? 2 : 0;
        }) == 0);
}

TEST_CASE("Ctrl-C, SIGTERM and a closed terminal are a question, and end nobody") {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    CAPTURE(number);
    CHECK(run_forked([&] {
            watch_for_interrupts();
            signal_myself(number);
            if (!becomes_true(interrupted)) return 1;
            return interrupted() ? 0 : 2;  // it stays so
          }) == 0);
  }
}

TEST_CASE("any thread may ask, and none of them is interrupted by the signal") {
  CHECK(run_forked([] {
          watch_for_interrupts();
          bool heard = false;
          sigset_t blocked;
          std::thread worker([&] {
            pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
            heard = becomes_true(interrupted);
          });
          signal_myself(SIGTERM);
          worker.join();
          if (!heard) return 1;
          for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
            if (sigismember(&blocked, number) != 1) return 2;
          }
          return 0;
        }) == 0);
}

TEST_CASE("the same wish may come as several signals, another one, later, ends the program") {
  // timeout(1) sends its own twice.
  CHECK(run_forked([] {
          watch_for_interrupts();
          for (int i = 0; i < 20; ++i) signal_myself(SIGINT);
          return becomes_true(interrupted) ? 0 : 1;
        }) == 0);
  for (const int number : {SIGINT, SIGTERM}) {
    CAPTURE(number);
    CHECK(run_forked([number] {
            watch_for_interrupts();
            const bool goes_on = becomes_true([number] {
              signal_myself(number);
              return false;
            });
            return goes_on ? 1 : 2;
          }) == -number);
  }
}

TEST_CASE("a hang-up that nohup had ignored stays ignored") {
  CHECK(run_forked([] {
          signal(SIGHUP, SIG_IGN);
          watch_for_interrupts();
          sigset_t blocked;
          pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
          if (sigismember(&blocked, SIGTERM) != 1) return 1;
          return sigismember(&blocked, SIGHUP) == 0 ? 0 : 2;
        }) == 0);
}

TEST_CASE("where nothing is to be kept the first signal ends the program, also one before") {
  CHECK(run_forked([] {
          watch_for_interrupts();
          return with_nothing_to_keep([] {
            signal_myself(SIGTERM);
            return becomes_true([] { return false; }) ? 1 : 2;
          });
        }) == -SIGTERM);
  CHECK(run_forked([] {
          watch_for_interrupts();
          signal_myself(SIGINT);
          if (!becomes_true(interrupted)) return 1;
          return with_nothing_to_keep([] { return 2; });
        }) == -SIGINT);
  CHECK(run_forked([] {
          watch_for_interrupts();
          if (with_nothing_to_keep([] { return 7; }) != 7) return 1;
          signal_myself(SIGINT);  // afterwards it is a question again
          return becomes_true(interrupted) ? 0 : 2;
        }) == 0);
}
