#include "tools/guard/watcher.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "tools/guard/realtime.h"
#include "tools/guard/waited_file.h"

namespace flyball {

namespace {

constexpr char kBeat = 'b';
constexpr char kOver = 'o';
constexpr double kFreshShare = 0.35;  // of the patience: two beats and what a busy machine adds

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

int poll_for(int descriptor, int milliseconds) {
  pollfd waited{descriptor, POLLIN, 0};
  return poll(&waited, 1, milliseconds);
}

// Waits for the guard to say something. Where it is silent for longer than between two beats, it
// looks what the guard waits for: where several files are slow, the one that it was seen in twice.
class SilenceWatch {
 public:
  // False: it said nothing in time.
  bool hears(int channel, int patience_milliseconds) {
    is_sure_ = false;
    file_ = {};
    constexpr int kParts = 7;
    constexpr int kPartsOfABeat = 3;
    for (int part = 0; part < kParts; part += part == 0 ? kPartsOfABeat : 1) {
      const int parts = part == 0 ? kPartsOfABeat : 1;
      int ready = 0;
      do {
        ready = poll_for(channel, parts * patience_milliseconds / kParts);
      } while (ready < 0 && errno == EINTR);
      if (ready != 0) return ready > 0;
      note(file_waited_for(getppid()));
    }
    return false;
  }
  const char* file() const { return file_.data(); }

 private:
  void note(const FixedText& file) {
    if (is_sure_ || file.front() == '\0') return;
    is_sure_ = std::string_view(file.data()) == file_.data();
    file_ = file;
  }

  FixedText file_{};
  bool is_sure_ = false;
};

// True when the guard gave everything back itself.
bool watch(int channel, int patience_milliseconds, SilenceWatch& silence, bool& hangs) {
  while (true) {
    hangs = !silence.hears(channel, patience_milliseconds);
    if (hangs) return false;
    char message = 0;
    const ssize_t size = recv(channel, &message, 1, MSG_DONTWAIT);
    if (size == 0) return false;  // it died
    if (size < 0) {
      // Told once when it closed its end with our answers unread; what it sent is still to come.
      if (errno == ECONNRESET || errno == EAGAIN || errno == EINTR) continue;
      return false;
    }
    if (message == kOver) return true;
    send(channel, &message, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
}

// It must not wake up and write again. The pid cannot have become another's: that of a process
// which hangs is in use, and we hold a descriptor of it.
void end_it(int guard) {
  syscall(SYS_pidfd_send_signal, guard, SIGKILL, nullptr, 0);
  poll_for(guard, kDyingMilliseconds);
}

[[noreturn]] void run_watcher(BoardControls& controls, int channel, int guard,
                              int patience_milliseconds) {
  prctl(PR_SET_NAME, "flyballd-watch");
  prefer_over_others(Urgency::kWatcher);
  run_on_any_cpu();  // not where whoever hangs may be in the way
  bool hangs = false;
  SilenceWatch silence;
  if (watch(channel, patience_milliseconds, silence, hangs)) _exit(0);
  if (hangs) {
    // Before the same file may hold us, too.
    fprintf(stderr, "flyballd: the guard process hangs%s%s and is ended\n",
            *silence.file() != '\0' ? " in " : "", silence.file());
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

}  // namespace

Watcher::Watcher(BoardControls& controls, double patience_seconds, int not_for_it)
    : patience_seconds_(patience_seconds) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) fail("a watcher's socket");
  channel_ = Descriptor(ends[0]);
  const Descriptor theirs(ends[1]);
  const Descriptor guard(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  if (!guard.is_open()) fail("a watcher's handle of this process");
  process_ = fork();
  if (process_ < 0) fail("forking a watcher");
  if (process_ > 0) return;
  channel_.reset();
  close(not_for_it);
  run_watcher(controls, theirs.get(), guard.get(), static_cast<int>(1e3 * patience_seconds));
}

Watcher::~Watcher() {
  send(channel_.get(), &kOver, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  char answer = 0;
  ssize_t size = 1;
  while (size > 0) {  // until it has ended
    if (poll_for(channel_.get(), kDyingMilliseconds) <= 0) break;
    size = recv(channel_.get(), &answer, 1, MSG_DONTWAIT);
  }
  if (size > 0) kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

// An answer proves that it lived when it was asked. One question at a time, so that no answer to an
// older one is taken for more. Where this process itself waited for a file since it asked, an
// answer that is found afterwards leaves most of the patience for the next.
bool Watcher::is_late(double now_seconds) const noexcept {
  return last_alive_seconds_ >= 0.0 && now_seconds - last_alive_seconds_ > patience_seconds_;
}

bool Watcher::beat(double now_seconds) noexcept {
  if (last_alive_seconds_ < 0.0) last_alive_seconds_ = now_seconds;
  char answer = 0;
  ssize_t count = 0;
  while ((count = recv(channel_.get(), &answer, 1, MSG_DONTWAIT)) > 0) {
    last_alive_seconds_ = std::max(asked_seconds_, now_seconds - kFreshShare * patience_seconds_);
    is_asked_ = false;
  }
  if (count == 0) return false;  // it died
  if (!is_asked_) {
    is_asked_ = send(channel_.get(), &kBeat, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
    if (!is_asked_ && errno != EAGAIN) return false;
    asked_seconds_ = now_seconds;
  }
  return !is_late(now_seconds);
}

}  // namespace flyball
