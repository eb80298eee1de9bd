#include "tools/guard/guard_process.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

#include "env/output_file.h"
#include "tools/guard/guard_desk.h"
#include "tools/guard/realtime.h"
#include "tools/guard/receive_timeout.h"
#include "tools/guard/waited_file.h"
#include "tools/guard/watcher.h"

namespace flyball {

namespace {

// Of the patience: the longest between two beats, for which we wake up where nothing is asked.
constexpr double kBeatShare = 0.3;
constexpr double kLeastWaitSeconds = 0.002;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

double now_seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// How the time with a governing process ended.
enum class GuardEnd { kGone, kHung, kNotAllowed, kUnwatched };

const char* text_of(GuardEnd end) {
  switch (end) {
    case GuardEnd::kGone: return "died";
    case GuardEnd::kHung: return "hung and was ended";
    case GuardEnd::kNotAllowed: return "asked for what is not allowed and was ended";
    case GuardEnd::kUnwatched: return "is no longer watched over";
  }
  return "ended";
}

// Straight to stderr, and nowhere if that would wait. On a terminal over what stands in the line.
void tell(std::string_view line) {
  char text[700];
  const int size =
      snprintf(text, sizeof text, "flyballd: %-*.*s\n", isatty(STDERR_FILENO) == 1 ? 68 : 0,
               static_cast<int>(line.size()), line.data());
  if (size <= 0 || !takes_more(STDERR_FILENO)) return;
  const auto length = std::min(static_cast<std::size_t>(size), sizeof text - 1);
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, length);
}

class Guard {
 public:
  Guard(BoardControls& controls, Descriptor channel, int governing, double patience_seconds)
      : controls_(controls),
        channel_(std::move(channel)),
        desk_(controls, channel_.get(), [this] { begin_watch(); }),
        governing_(governing),
        wait_(channel_.get()),
        patience_seconds_(patience_seconds) {}

  [[noreturn]] void run() {
    const GuardEnd end = serve();
    const FixedText file = end == GuardEnd::kHung ? file_waited_for(getppid()) : FixedText{};
    if (end == GuardEnd::kHung || end == GuardEnd::kNotAllowed) end_governing();
    const bool was_held = controls_.is_held();
    controls_.give_back_all();
    watcher_.reset();
    if (end == GuardEnd::kUnwatched) desk_.send_message(GuardWord::kUnwatched, {});
    const RestoreReport& report = controls_.state().report;
    if (was_held) report_end(end, file, report);
    _exit(report.succeeded() ? 0 : 1);
  }

 private:
  GuardEnd serve() {
    double now = last_heard_seconds_ = now_seconds();
    while (true) {
      GuardRequest request;
      wait_.set(seconds_to_wait(now));
      const ssize_t size = recv(channel_.get(), &request, sizeof request, MSG_TRUNC);
      const int error = errno;
      now = now_seconds();
      if (size == 0) return GuardEnd::kGone;
      if (size > 0) {
        last_heard_seconds_ = now;
        if (size != static_cast<ssize_t>(sizeof request) || !desk_.allows(request)) {
          return GuardEnd::kNotAllowed;
        }
        desk_.answer(request, now);
        if (!controls_.is_held()) watcher_.reset();
      } else if (error != EAGAIN && error != EINTR && error != ECONNRESET) {
        return GuardEnd::kGone;
      } else if (controls_.is_held() && now - last_heard_seconds_ > patience_seconds_) {
        return GuardEnd::kHung;
      }
      if (watcher_ && !watcher_->beat(now_seconds())) return GuardEnd::kUnwatched;
    }
  }

  // Before the governing process knows that it has the knobs.
  void begin_watch() {
    if (!watcher_) watcher_.emplace(controls_, patience_seconds_, channel_.get());
    last_heard_seconds_ = now_seconds();
  }

  // Until the next beat, or until the governing process counts as hung.
  double seconds_to_wait(double now) const {
    const double beat = kBeatShare * patience_seconds_;
    if (!controls_.is_held()) return beat;
    const double left = last_heard_seconds_ + patience_seconds_ - now;
    return std::clamp(left, kLeastWaitSeconds, beat);
  }

  // It must not go on as if it governed. The pid cannot have become another's.
  void end_governing() {
    syscall(SYS_pidfd_send_signal, governing_, SIGKILL, nullptr, 0);
    pollfd ended{governing_, POLLIN, 0};
    poll(&ended, 1, kDyingMilliseconds);
  }

  static void report_end(GuardEnd end, const FixedText& file, const RestoreReport& report) {
    std::array<char, 2 * sizeof(FixedText)> text{};
    snprintf(text.data(), text.size(), "the governing process %s%s%s; %s", text_of(end),
             file.front() != '\0' ? ", waiting for " : "", file.data(),
             report.succeeded() ? "the clocks are given back to the kernel"
                                : "NOT all clocks could be given back: flyballd restore");
    tell(text.data());
    for (const std::string& failure : report.failures) tell(failure);
  }

  BoardControls& controls_;
  Descriptor channel_;
  GuardDesk desk_;
  int governing_;  // a pidfd
  ReceiveTimeout wait_;
  double patience_seconds_;
  double last_heard_seconds_ = 0.0;
  std::optional<Watcher> watcher_;
};

void block_all_signals() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);  // Ctrl-C is for the governing process
}

}  // namespace

GuardProcess start_guard(BoardControls& controls, double patience_seconds) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    fail("the guard process's socket");
  GuardProcess started{-1, Descriptor(ends[0])};
  Descriptor theirs(ends[1]);
  const Descriptor governing(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  if (!governing.is_open()) fail("the guard process's handle of this one");
  stay_on_this_cpu();
  started.process = fork();
  if (started.process < 0) fail("forking the guard process");
  if (started.process > 0) return started;
  started.channel.reset();
  prctl(PR_SET_NAME, "flyballd-guard");
  block_all_signals();
  prefer_over_others(Urgency::kGuard);
  controls.set_teller(tell);
  Guard(controls, std::move(theirs), governing.get(), patience_seconds).run();
}

}  // namespace flyball
