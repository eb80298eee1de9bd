#include "tools/daemon/start_watch.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "tools/guard/realtime.h"
#include "tools/guard/waited_file.h"

namespace flyball {

namespace {

constexpr double kBeforeTheEndSeconds = 0.5;

// What the process waits for, or else one that it forked and waits for in its turn.
FixedText waited_for(pid_t process) {
  const FixedText file = file_waited_for(process);
  if (file.front() != '\0') return file;
  const std::string number = std::to_string(process);
  std::ifstream children("/proc/" + number + "/task/" + number + "/children");
  for (pid_t child = 0; children >> child;) {
    if (child == getpid()) continue;
    const FixedText of_child = file_waited_for(child);
    if (of_child.front() != '\0') return of_child;
  }
  return {};
}

bool is_over_within(int over, double seconds) {
  pollfd waited{over, POLLIN, 0};
  return poll(&waited, 1, static_cast<int>(1e3 * seconds)) != 0;
}

[[noreturn]] void look_at(pid_t process, int over, double patience_seconds, double limit_seconds) {
  prctl(PR_SET_NAME, "flyballd-start");
  prefer_over_others(Urgency::kPolicy);  // whoever starts waits for our end
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != process) _exit(0);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);  // Ctrl-C is for the process that starts
  if (is_over_within(over, patience_seconds)) _exit(0);
  FixedText file = waited_for(process);
  if (file.front() != '\0') {
    fprintf(stderr, "flyballd: %s: no answer yet, and the start waits for it\n", file.data());
  }
  if (is_over_within(over, limit_seconds - kBeforeTheEndSeconds - patience_seconds)) _exit(0);
  file = waited_for(process);
  fprintf(stderr, "flyballd: %s%sno answer within %g s, so the start is given up\n", file.data(),
          file.front() != '\0' ? ": " : "", limit_seconds);
  _exit(0);
}

}  // namespace

StartWatch::StartWatch(double patience_seconds, double limit_seconds) {
  over_ = Descriptor(eventfd(0, EFD_CLOEXEC));
  if (!over_.is_open()) return;
  const pid_t starting = getpid();
  process_ = fork();
  if (process_ == 0) look_at(starting, over_.get(), patience_seconds, limit_seconds);
}

StartWatch::~StartWatch() {
  if (process_ <= 0) return;
  eventfd_write(over_.get(), 1);
  waitpid(process_, nullptr, 0);
}

}  // namespace flyball
