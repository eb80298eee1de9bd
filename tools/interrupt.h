// Ctrl-C, SIGTERM and a closed terminal (SIGHUP) as a question that long loops ask. Any thread may
// ask.
#pragma once

namespace flyball {

// main() calls it before anything else. A thread of its own takes the signals from then on, so that
// none ever interrupts a thread that computes. The first makes interrupted() true; a second one, a
// second later, ends the program at once. Throws std::system_error.
void watch_for_interrupts();

// True once a signal has come.
bool interrupted() noexcept;

// While one lives, a signal ends the program as if nobody watched for it: for what has nothing to
// keep, such as reading files. If one came before, it ends the program now.
class InterruptEndsProgram {
 public:
  InterruptEndsProgram() noexcept;
  ~InterruptEndsProgram();
  InterruptEndsProgram(const InterruptEndsProgram&) = delete;
  InterruptEndsProgram& operator=(const InterruptEndsProgram&) = delete;
};

// What `work` returns, which has nothing to keep.
template <typename Work>
auto with_nothing_to_keep(Work work) {
  const InterruptEndsProgram ends;
  return work();
}

}  // namespace flyball
