#include "tools/daemon/forbidden_calls.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "tests/support/skip.h"
#include "tests/tools/guard/forked.h"

using namespace flyball;

namespace {

// Why calls cannot be forbidden to a process here; null: they can.
const char* obstacle() {
#ifdef __SANITIZE_ADDRESS__
  return "a sanitizer traces the process";
#else
  return is_under_qemu() ? "qemu-user has no seccomp" : nullptr;
#endif
}

// What the kernel answers by the statements to a call of `number` on `machine`: those of the four
// kinds that are used.
std::uint32_t answer(std::uint32_t machine, std::uint32_t number) {
  const std::span<const sock_filter> lines = forbidden_calls().statements;
  std::uint32_t value = 0;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const sock_filter& line = lines[at];
    switch (line.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        value = line.k == offsetof(seccomp_data, arch) ? machine : number;
        break;
      case BPF_JMP | BPF_K | BPF_JEQ: at += value == line.k ? line.jt : line.jf; break;
      case BPF_JMP | BPF_K | BPF_JGE: at += value >= line.k ? line.jt : line.jf; break;
      case BPF_RET | BPF_K: return line.k;
      default: return 0;
    }
  }
  return 0;
}

// Whether the kernel refuses `call` once calls are forbidden. Root's own rights are all there, so
// it is not for want of them.
template <typename Call>
bool is_refused(Call&& call) {
  return run_forked([&] {
           if (forbid_calls()) return 2;
           errno = 0;
           return call() == -1 && errno == EPERM ? 0 : 1;
         }) == 0;
}

}  // namespace

TEST_CASE("a process that decides starts no program and no process") {
  if (const char* why = obstacle()) return skip_test(why);
  CHECK(is_refused([] { return execl("/bin/true", "true", nullptr); }));
  CHECK(is_refused([] { return syscall(SYS_clone, 17, nullptr, nullptr, nullptr, 0); }));
  CHECK(is_refused([] { return fork(); }));
}

TEST_CASE("a process that decides opens no socket") {
  if (const char* why = obstacle()) return skip_test(why);
  for (const int family : {AF_UNIX, AF_INET, AF_NETLINK}) {
    CAPTURE(family);
    CHECK(is_refused([&] { return socket(family, SOCK_DGRAM, 0); }));
  }
}

TEST_CASE("a process that decides traces nobody, mounts nothing, leaves no namespace") {
  if (const char* why = obstacle()) return skip_test(why);
  CHECK(is_refused([] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }));
  CHECK(is_refused([] { return mount("none", "/mnt", "tmpfs", 0, nullptr); }));
  CHECK(is_refused([] { return unshare(CLONE_NEWUSER); }));
  CHECK(is_refused([] { return syscall(SYS_bpf, 0, nullptr, 0); }));
}

TEST_CASE("reading, writing and asking over an open socket go on") {
  if (is_under_qemu()) return skip_test("qemu-user has no seccomp");
  CHECK(run_forked([] {
          int ends[2];
          if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return 1;
          if (forbid_calls()) return 2;
          char byte = 'a';
          if (send(ends[0], &byte, 1, 0) != 1 || recv(ends[1], &byte, 1, 0) != 1) return 3;
          const int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
          return file >= 0 && read(file, &byte, 1) == 1 ? 0 : 4;
        }) == 0);
}

TEST_CASE("the statements refuse this machine's forbidden calls, allow others, and end another's") {
  const ForbiddenCalls calls = forbidden_calls();
#ifdef __aarch64__
  CHECK(calls.machine == AUDIT_ARCH_AARCH64);
  CHECK(SYS_execve == 221);  // of asm-generic/unistd.h, not x86's 59
#else
  CHECK(calls.machine == AUDIT_ARCH_X86_64);
#endif
  CHECK(calls.numbers.size() >= 35);
  for (const long number : calls.numbers) {
    CAPTURE(number);
    CHECK(answer(calls.machine, static_cast<std::uint32_t>(number)) == (SECCOMP_RET_ERRNO | EPERM));
  }
  for (const long number : {SYS_read, SYS_pread64, SYS_write, SYS_sendto, SYS_recvfrom, SYS_ppoll,
                            SYS_openat, SYS_exit_group, SYS_clock_nanosleep, SYS_timer_settime}) {
    CAPTURE(number);
    CHECK(answer(calls.machine, static_cast<std::uint32_t>(number)) == SECCOMP_RET_ALLOW);
  }
  CHECK(answer(AUDIT_ARCH_ARM, SYS_read) == SECCOMP_RET_KILL_PROCESS);
  CHECK(answer(calls.machine, 0x40000000) == (SECCOMP_RET_ERRNO | EPERM));  // x86's x32 calls
}
