// The signals that end a program, as something to ask for and to poll, instead of handlers.
//
// A handler's frame is written where the interrupted thread's stack pointer points, and generated
// code (oneDNN's sgemm) points it into the heap. So no handler exists: the signals are blocked in
// every thread, and wait in a signalfd until they are taken. Any thread may ask.
#pragma once

#include <initializer_list>

namespace flyball {

struct StopSignal {
  int number = 0;  // 0: none
  int code = 0;    // who sent it, as in siginfo_t: SI_USER, SI_QUEUE, SI_KERNEL
};

class StopSignals {
 public:
  // Blocks `numbers` in this thread and in all that it begins: main() makes it first of all. A
  // SIGHUP that was ignored before (nohup) stays so. Throws std::system_error.
  explicit StopSignals(std::initializer_list<int> numbers);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Readable while a signal waits to be taken; for poll(). Works in a forked child, too, which then
  // sees the signals sent to itself.
  int descriptor() const noexcept { return descriptor_; }
  // Takes the next waiting signal; 0: none waits. Never blocks.
  int take() noexcept { return take_whole().number; }
  StopSignal take_whole() noexcept;

 private:
  int descriptor_ = -1;
};

// Makes the signal do what it does in a program that never heard of it: ends the process.
[[noreturn]] void end_by_signal(int number);

// Lets every signal through again; for a child process, before it runs another program.
void unblock_signals() noexcept;

}  // namespace flyball
