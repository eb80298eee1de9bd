// Ctrl-C, SIGTERM and a closed terminal (SIGHUP) as a question that long loops ask. Any thread may
// ask.
#pragma once

namespace flyball {

// main() calls it before anything else. A thread of its own takes the signals from then on, so that
// none ever interrupts a thread that computes. The first makes interrupted() true; a second Ctrl-C
// ends the program at once. Throws std::system_error.
void watch_for_interrupts();

// True once a signal has come.
bool interrupted() noexcept;

}  // namespace flyball
