#include "tools/guard/realtime.h"

#include <sched.h>

namespace flyball {

void prefer_over_others(Urgency urgency) noexcept {
  sched_param parameters{};
  parameters.sched_priority = static_cast<int>(urgency);
  static_cast<void>(sched_setscheduler(0, SCHED_FIFO, &parameters));
}

void stay_on_this_cpu() noexcept {
  const int cpu = sched_getcpu();
  if (cpu < 0 || cpu >= CPU_SETSIZE) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  static_cast<void>(sched_setaffinity(0, sizeof set, &set));
}

void run_on_any_cpu() noexcept {
  cpu_set_t set;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) CPU_SET(cpu, &set);
  static_cast<void>(sched_setaffinity(0, sizeof set, &set));
}

}  // namespace flyball
