// The signals that end the daemon: SIGINT, SIGTERM and SIGHUP. However many come, the clocks are
// given back first. SIGPIPE is ignored: a reader of our output that goes away stops nothing.
#pragma once

namespace flyball {

// main() calls it once. Signals interrupt sleeps.
void install_stop_signals();

// The number of the last such signal; 0: none has come.
int stop_signal() noexcept;

}  // namespace flyball
