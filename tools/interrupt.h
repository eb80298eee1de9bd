// Ctrl-C and SIGTERM as a question that long loops ask. Any thread may ask.
#pragma once

namespace flyball {

// Installs the handlers for SIGINT and SIGTERM; main() calls it once. The first signal makes
// interrupted() true and interrupts system calls; a second Ctrl-C ends the program at once.
void install_interrupt_handlers();

// True once a signal has come.
bool interrupted() noexcept;

}  // namespace flyball
