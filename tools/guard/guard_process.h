// The guard: a small process with the board's rights between the policy and the clocks. It owns
// the saved state, the descriptors of the control files and the limits, and knows nothing of
// policies. The governing process, which has no rights, can only ask it for a setting.
//
// It gives the clocks back when asked to, and when the governing process ends, is killed, is silent
// for its patience, or asks for what does not exist. Its own death is the watcher's business
// (watcher.h), which it begins once every control is saved. It allocates nothing while it governs.
#pragma once

#include <sys/types.h>

#include "env/jetson/board_controls.h"
#include "env/jetson/descriptor.h"

namespace flyball {

struct GuardProcess {
  pid_t process = -1;
  Descriptor channel;  // to ask it (guard_wire.h)
};

// Forks; both processes stay on this CPU. Requires: nothing is lent, and this process has one
// thread. `patience_seconds`: for which the caller may say nothing while it has knobs. The caller
// closes its own copy of the controls. Throws std::system_error.
GuardProcess start_guard(BoardControls& controls, double patience_seconds);

}  // namespace flyball
