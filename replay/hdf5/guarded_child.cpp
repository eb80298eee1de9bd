#include "replay/hdf5/guarded_child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include "env/errors.h"

namespace flyball {

namespace {

constexpr int kSliceMilliseconds = 50;
constexpr std::size_t kBufferBytes = std::size_t{1} << 16;
constexpr int kFirstFreeDescriptor = 3;

std::uint64_t mapped_bytes() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

// That a process has used; 0 where it cannot be asked.
std::int64_t processor_nanoseconds(pid_t process) {
  clockid_t clock = 0;
  timespec used{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0) return 0;
  return std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

void limit(__rlimit_resource resource, rlim_t soft, rlim_t hard) {
  rlimit bound{};
  if (getrlimit(resource, &bound) != 0) return;
  bound.rlim_max = std::min(bound.rlim_max, hard);
  bound.rlim_cur = std::min(bound.rlim_max, soft);
  setrlimit(resource, &bound);
}

// Nothing of the parent's but the pipe: what goes wrong here writes to no file and no terminal.
int close_all_but(int descriptor) {
  const int nothing = open("/dev/null", O_RDWR);
  for (int standard = 0; standard < kFirstFreeDescriptor; ++standard) dup2(nothing, standard);
  dup2(descriptor, kFirstFreeDescriptor);
  close_range(kFirstFreeDescriptor + 1, ~0U, 0);
  return kFirstFreeDescriptor;
}

// Faults end the child as they would any program; whether to stop is the parent's decision.
void reset_signals() {
  for (int number = 1; number < SIGRTMIN; ++number) signal(number, SIG_DFL);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) signal(number, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Where memory runs out, the kernel is to end the child and not the program.
void offer_to_the_oom_killer() {
  const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = write(file, "1000", 4);
  close(file);
}

[[noreturn]] void run_child(const ChildLimits& limits, std::uint64_t memory_bytes, int descriptor,
                            pid_t parent, const std::function<void(int)>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  reset_signals();
  offer_to_the_oom_killer();
  const int out = close_all_but(descriptor);
  limit(RLIMIT_CORE, 0, 0);
  limit(RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1);
  limit(RLIMIT_AS, memory_bytes, memory_bytes);
  try {
    work(out);
    _exit(0);
  } catch (...) {
    _exit(1);
  }
}

}  // namespace

GuardedChild::GuardedChild(const ChildLimits& limits, const std::function<void(int)>& work,
                           KeepGoing keep_going)
    : limits_(limits), keep_going_(std::move(keep_going)) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const std::uint64_t memory_bytes = mapped_bytes() + limits.memory_bytes;
  const pid_t parent = getpid();
  pid_ = fork();
  const int error = errno;
  if (pid_ == 0) run_child(limits, memory_bytes, ends[1], parent, work);
  close(ends[1]);
  pipe_ = ends[0];
  if (pid_ > 0) return;
  close(pipe_);
  throw std::system_error(error, std::generic_category(), "fork");
}

GuardedChild::~GuardedChild() {
  close(pipe_);
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

void GuardedChild::read(void* to, std::size_t size) {
  auto* out = static_cast<char*>(to);
  while (size > 0) {
    if (used_ == buffer_.size()) fill();
    const std::size_t part = std::min(size, buffer_.size() - used_);
    std::copy_n(buffer_.data() + used_, part, out);
    used_ += part;
    out += part;
    size -= part;
  }
}

void GuardedChild::fill() {
  wait_for_bytes();
  buffer_.resize(kBufferBytes);
  used_ = 0;
  ssize_t count = 0;
  do {
    count = ::read(pipe_, buffer_.data(), buffer_.size());
  } while (count < 0 && errno == EINTR);
  buffer_.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (buffer_.empty()) fail_as_ended();
  received_ += buffer_.size();
  if (received_ > limits_.memory_bytes) throw DataError("gave an answer without end");
}

// Counts slices instead of asking a clock: a program that was stopped (Ctrl-Z) is not late. Nor is
// a child that works on a busy machine: its processor time ends it.
void GuardedChild::wait_for_bytes() {
  const std::uint64_t slices = std::uint64_t{limits_.cpu_seconds} * 4 * 1000 / kSliceMilliseconds;
  std::int64_t worked = processor_nanoseconds(pid_);
  for (std::uint64_t idle = 0; idle <= slices; ++idle) {
    if (keep_going_ && !keep_going_()) throw Interrupted("interrupted while reading");
    pollfd wanted{pipe_, POLLIN, 0};
    if (poll(&wanted, 1, kSliceMilliseconds) > 0) return;
    const std::int64_t now = processor_nanoseconds(pid_);
    if (now > worked) idle = 0;
    worked = now;
  }
  throw DataError(fmt::format("was silent for {} s", 4 * limits_.cpu_seconds));
}

void GuardedChild::fail_as_ended() {
  int status = 0;
  pid_t ended = 0;
  do {
    ended = waitpid(pid_, &status, 0);
  } while (ended < 0 && errno == EINTR);
  pid_ = -1;
  if (ended < 0 || !WIFSIGNALED(status)) throw DataError("crashed (ended before its answer)");
  const int number = WTERMSIG(status);
  if (number == SIGXCPU) {
    throw DataError(fmt::format("took more than {} s of processor time", limits_.cpu_seconds));
  }
  const char* name = sigabbrev_np(number);
  throw DataError(fmt::format("crashed (SIG{})", name != nullptr ? name : std::to_string(number)));
}

}  // namespace flyball
