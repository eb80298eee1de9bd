#include "tools/guard/watcher.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <new>
#include <string_view>
#include <system_error>

#include "tools/guard/realtime.h"
#include "tools/guard/waited_file.h"

namespace flyball {

namespace {

constexpr char kOver = 'o';
// Of the patience. A guard that is well beats more often than that.
constexpr double kFirstLook = 5.0 / 7.0;
constexpr double kBetweenLooks = 1.0 / 7.0;
constexpr int kLooks = 3;                          // the last of them ends it
constexpr double kLeastBetweenLooks = 1.0 / 14.0;  // also where this process itself was held up
constexpr double kGuardLooks = 2.0 / 7.0;
constexpr double kWatcherPatience = 2.0;  // it has no file to hang in; that it was stopped is told

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

int poll_for(int descriptor, int milliseconds) {
  pollfd waited{descriptor, POLLIN, 0};
  return poll(&waited, 1, milliseconds);
}

double monotonic_seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// What the guard waits for: where several files are slow, the one that it was seen in twice.
class HangingFile {
 public:
  void note(const FixedText& file) {
    if (is_sure_ || file.front() == '\0') return;
    is_sure_ = std::string_view(file.data()) == file_.data();
    file_ = file;
  }
  const FixedText& text() const { return file_; }

 private:
  FixedText file_{};
  bool is_sure_ = false;
};

// It must not wake up and write again. The pid cannot have become another's: that of a process
// which hangs is in use, and we hold a descriptor of it.
void end_it(int guard) {
  syscall(SYS_pidfd_send_signal, guard, SIGKILL, nullptr, 0);
  poll_for(guard, kDyingMilliseconds);
}

}  // namespace

Watcher::Watcher(BoardControls& controls, double patience_seconds, int not_for_it)
    : patience_seconds_(patience_seconds) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) fail("a watcher's socket");
  channel_ = Descriptor(ends[0]);
  const Descriptor theirs(ends[1]);
  const Descriptor guard(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  if (!guard.is_open()) fail("a watcher's handle of this process");
  void* memory =
      mmap(nullptr, sizeof(Signs), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("memory for a watcher");
  looked_seconds_ = monotonic_seconds();
  signs_ = new (memory) Signs{looked_seconds_, looked_seconds_};
  process_ = fork();
  if (process_ < 0) {
    munmap(signs_, sizeof(Signs));
    fail("forking a watcher");
  }
  if (process_ > 0) return;
  channel_.reset();
  close(not_for_it);
  run(controls, theirs.get(), guard.get());
}

Watcher::~Watcher() {
  send(channel_.get(), &kOver, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  // Hung up once it has ended.
  const bool has_ended = process_ < 0 || poll_for(channel_.get(), kDyingMilliseconds) > 0;
  if (!has_ended) kill(process_, SIGKILL);
  if (process_ > 0) waitpid(process_, nullptr, 0);
  munmap(signs_, sizeof(Signs));
}

void Watcher::run(BoardControls& controls, int channel, int guard) {
  prctl(PR_SET_NAME, "flyballd-watch");
  prefer_over_others(Urgency::kWatcher);
  run_on_any_cpu();  // not where whoever hangs may be in the way
  bool hangs = false;
  FixedText file{};
  if (watch(channel, hangs, file)) _exit(0);
  if (hangs) {
    // Before the same file may hold us, too.
    fprintf(stderr, "flyballd: the guard process hangs%s%s and is ended\n",
            file.front() != '\0' ? " in " : "", file.data());
    end_it(guard);
  }
  controls.give_back_all();
  const RestoreReport& report = controls.state().report;
  fprintf(stderr, "flyballd: the guard process %s; %s\n", hangs ? "hung and was ended" : "died",
          report.succeeded() ? "the clocks are given back to the kernel"
                             : "NOT all clocks could be given back: flyballd restore");
  for (const std::string& failure : report.failures) fprintf(stderr, "  %s\n", failure.c_str());
  _exit(report.succeeded() ? 0 : 1);
}

// True when the guard gave everything back itself.
bool Watcher::watch(int channel, bool& hangs, FixedText& file) noexcept {
  HangingFile waited;
  double sign = signs_->guard_seconds.load();
  double due = sign + kFirstLook * patience_seconds_;
  int looks = 0;
  while (true) {
    const double now = monotonic_seconds();
    signs_->watcher_seconds.store(now);
    const double latest = signs_->guard_seconds.load();
    if (latest != sign) {
      sign = latest;
      looks = 0;
      waited = {};
      due = sign + kFirstLook * patience_seconds_;
    }
    if (now >= due) {
      hangs = ++looks == kLooks;
      file = waited.text();
      if (hangs) return false;
      waited.note(file_waited_for(getppid()));
      due = std::max(due + kBetweenLooks * patience_seconds_,
                     now + kLeastBetweenLooks * patience_seconds_);
    }
    const double wait = std::max(0.0, due - monotonic_seconds());
    if (poll_for(channel, static_cast<int>(std::ceil(1e3 * wait))) <= 0) continue;
    char message = 0;
    const ssize_t size = recv(channel, &message, 1, MSG_DONTWAIT);
    if (size == 1) return message == kOver;
    if (size == 0 || (errno != EAGAIN && errno != EINTR)) return false;  // it died
  }
}

bool Watcher::beat(double now_seconds) noexcept {
  signs_->guard_seconds.store(now_seconds);
  return now_seconds - looked_seconds_ < kGuardLooks * patience_seconds_ ||
         is_watcher_well(now_seconds);
}

// The time in which this process itself was held up does not count.
bool Watcher::is_watcher_well(double now_seconds) noexcept {
  int status = 0;
  const pid_t changed = waitpid(process_, &status, WNOHANG | WUNTRACED);
  const bool is_stopped = changed == process_ && WIFSTOPPED(status);
  if (changed != 0 && !is_stopped) process_ = -1;  // it died
  const double since = std::min(now_seconds - looked_seconds_, patience_seconds_ / 2.0);
  looked_seconds_ = now_seconds;
  const double sign = signs_->watcher_seconds.load();
  without_sign_seconds_ = sign == sign_seconds_ ? without_sign_seconds_ + since : 0.0;
  sign_seconds_ = sign;
  return changed == 0 && without_sign_seconds_ <= kWatcherPatience * patience_seconds_;
}

}  // namespace flyball
