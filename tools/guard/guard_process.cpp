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
#include "tools/guard/waited_file.h"
#include "tools/guard/watcher.h"

namespace flyball {

namespace {

// Between two beats to the watcher; the least patience is 0.7 s. Where something is asked of us in
// between, that is when they are sent: ten times a second we wake up for nothing else.
constexpr double kLeastBeatSeconds = 0.15;
constexpr double kMostBeatSeconds = 0.22;

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
    last_heard_seconds_ = now_seconds();
    while (true) {
      pollfd waited{channel_.get(), POLLIN, 0};
      poll(&waited, 1, milliseconds_to_wait());
      const double now = now_seconds();
      if (waited.revents != 0) {
        GuardRequest request;
        const ssize_t size =
            recv(channel_.get(), &request, sizeof request, MSG_DONTWAIT | MSG_TRUNC);
        if (size == 0) return GuardEnd::kGone;
        if (size < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET)) continue;
        if (size < 0) return GuardEnd::kGone;
        last_heard_seconds_ = now;
        if (size != static_cast<ssize_t>(sizeof request) || !desk_.allows(request)) {
          return GuardEnd::kNotAllowed;
        }
        desk_.answer(request, now);
        if (!controls_.is_held()) watcher_.reset();
      } else if (controls_.is_held() && now - last_heard_seconds_ > patience_seconds_) {
        return GuardEnd::kHung;
      }
      if (!is_watched(now)) return GuardEnd::kUnwatched;
    }
  }

  // Before the governing process knows that it has the knobs.
  void begin_watch() {
    if (!watcher_) watcher_.emplace(controls_, patience_seconds_, channel_.get());
    last_heard_seconds_ = now_seconds();
  }

  // Until the next beat, or until the governing process counts as hung.
  int milliseconds_to_wait() const {
    double until = last_beat_seconds_ + kMostBeatSeconds;
    if (controls_.is_held()) until = std::min(until, last_heard_seconds_ + patience_seconds_);
    return 1 + static_cast<int>(1e3 * std::clamp(until - now_seconds(), 0.0, kMostBeatSeconds));
  }

  bool is_watched(double now) {
    const bool is_due = now - last_beat_seconds_ >= kLeastBeatSeconds;
    if (watcher_ && !is_due) return !watcher_->is_late(now) || watcher_->beat(now);
    if (!is_due) return true;
    last_beat_seconds_ = now;
    return !watcher_ || watcher_->beat(now);
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
  double patience_seconds_;
  double last_heard_seconds_ = 0.0;
  double last_beat_seconds_ = 0.0;
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
