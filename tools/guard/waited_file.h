// Which file a process waits for, as the kernel tells it (/proc/PID/syscall): what hangs on a board
// is a driver behind a file, and its name is the first thing to know. Allocates nothing.
#pragma once

#include <sys/types.h>

#include "env/jetson/clock_keeper.h"

namespace flyball {

// The file that the process's first thread opens, reads or writes at this moment. Empty: it does
// nothing of that, has ended, or may not be looked at (another user's needs CAP_SYS_PTRACE).
FixedText file_waited_for(pid_t process) noexcept;

}  // namespace flyball
