#include "tools/guard/realtime.h"

#include <doctest/doctest.h>
#include <sched.h>

#include "tests/tools/guard/forked.h"

using namespace flyball;

namespace {

int cpu_count() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : -1;
}

bool may_prefer() {
  return run_forked([] {
           sched_param parameters{};
           parameters.sched_priority = 3;
           return sched_setscheduler(0, SCHED_FIFO, &parameters) == 0 ? 1 : 0;
         }) == 1;
}

// What prefer_over_others makes of a process: its policy and priority in one number.
int scheduling_of(Urgency urgency) {
  return run_forked([&] {
    prefer_over_others(urgency);
    sched_param parameters{};
    sched_getparam(0, &parameters);
    return 10 * sched_getscheduler(0) + parameters.sched_priority;
  });
}

}  // namespace

TEST_CASE(
    "the watcher goes before the guard, the guard before the policy, where that is permitted") {
  const bool permitted = may_prefer();
  CAPTURE(permitted);
  CHECK(scheduling_of(Urgency::kPolicy) == (permitted ? 10 * SCHED_FIFO + 1 : 10 * SCHED_OTHER));
  CHECK(scheduling_of(Urgency::kGuard) == (permitted ? 10 * SCHED_FIFO + 2 : 10 * SCHED_OTHER));
  CHECK(scheduling_of(Urgency::kWatcher) == (permitted ? 10 * SCHED_FIFO + 3 : 10 * SCHED_OTHER));
}

TEST_CASE("a process stays on its CPU until it is let go, and its children with it") {
  const int all = cpu_count();
  REQUIRE(all > 0);
  CHECK(run_forked([] {
          stay_on_this_cpu();
          return 10 * cpu_count() + run_forked(cpu_count);
        }) == 11);
  CHECK(run_forked([] {
          stay_on_this_cpu();
          run_on_any_cpu();
          return cpu_count();
        }) >= all);
}
