#include "tools/daemon/forbidden_calls.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "tests/support/skip.h"
#include "tests/tools/guard/forked.h"

using namespace flyball;

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool kIsTraced = true;
#else
constexpr bool kIsTraced = false;
#endif

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
  if (kIsTraced) return skip_test("a sanitizer traces the process");
  CHECK(is_refused([] { return execl("/bin/true", "true", nullptr); }));
  CHECK(is_refused([] { return syscall(SYS_clone, 17, nullptr, nullptr, nullptr, 0); }));
  CHECK(is_refused([] { return fork(); }));
}

TEST_CASE("a process that decides opens no socket") {
  if (kIsTraced) return skip_test("a sanitizer traces the process");
  for (const int family : {AF_UNIX, AF_INET, AF_NETLINK}) {
    CAPTURE(family);
    CHECK(is_refused([&] { return socket(family, SOCK_DGRAM, 0); }));
  }
}

TEST_CASE("a process that decides traces nobody, mounts nothing, leaves no namespace") {
  if (kIsTraced) return skip_test("a sanitizer traces the process");
  CHECK(is_refused([] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }));
  CHECK(is_refused([] { return mount("none", "/mnt", "tmpfs", 0, nullptr); }));
  CHECK(is_refused([] { return unshare(CLONE_NEWUSER); }));
  CHECK(is_refused([] { return syscall(SYS_bpf, 0, nullptr, 0); }));
}

TEST_CASE("reading, writing and asking over an open socket go on") {
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
