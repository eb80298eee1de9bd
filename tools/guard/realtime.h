// Scheduling before other work, where that is permitted: a tick is microseconds, and late it is
// worth nothing.
#pragma once

namespace flyball {

// Whoever gives the clocks back goes before whoever decides, and answers at once.
enum class Urgency { kPolicy = 1, kGuard = 2, kWatcher = 3 };

// Without the right to do so nothing changes.
void prefer_over_others(Urgency urgency) noexcept;

// Two processes that ask and answer do so fastest on one CPU: no other one has to be woken. Where
// it goes offline the kernel moves them.
void stay_on_this_cpu() noexcept;
void run_on_any_cpu() noexcept;

}  // namespace flyball
