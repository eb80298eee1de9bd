#include "tools/daemon/forbidden_calls.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace flyball {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kMachine = 0;  // no filter is known
#endif

constexpr std::uint32_t kOtherNumbers = 0x40000000;  // x86's x32 calls; no machine has others there

constexpr long kForbidden[] = {
    // other programs and processes
    SYS_execve, SYS_execveat, SYS_clone, SYS_clone3,
#ifdef SYS_fork
    SYS_fork, SYS_vfork,
#endif
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp,
    // sockets
    SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4,
    // what is mounted, and in which namespace
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns,
    // the rest of the kernel
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter,
    SYS_io_uring_register, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_init_module,
    SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_open_by_handle_at};

constexpr std::size_t kHead = 5;
constexpr std::size_t kTail = 2;
constexpr std::size_t kCount = kHead + std::size(kForbidden) + kTail;

sock_filter statement(unsigned code, std::uint32_t value) {
  return {static_cast<std::uint16_t>(code), 0, 0, value};
}

// `yes`: how many statements to pass over where the comparison holds.
sock_filter jump(unsigned code, std::uint32_t value, std::size_t yes) {
  return {static_cast<std::uint16_t>(BPF_JMP | BPF_K | code), static_cast<std::uint8_t>(yes), 0,
          value};
}

// Another machine's calls end the process; those of the list lead to the last statement.
std::array<sock_filter, kCount> filter() {
  constexpr unsigned kLoad = BPF_LD | BPF_W | BPF_ABS;
  constexpr unsigned kReturn = BPF_RET | BPF_K;
  std::array<sock_filter, kCount> lines = {
      statement(kLoad, offsetof(seccomp_data, arch)), jump(BPF_JEQ, kMachine, 1),
      statement(kReturn, SECCOMP_RET_KILL_PROCESS),   statement(kLoad, offsetof(seccomp_data, nr)),
      jump(BPF_JGE, kOtherNumbers, kCount - 6),
  };
  for (std::size_t i = 0; i < std::size(kForbidden); ++i) {
    const std::size_t at = kHead + i;
    lines[at] = jump(BPF_JEQ, static_cast<std::uint32_t>(kForbidden[i]), kCount - 2 - at);
  }
  lines[kCount - 2] = statement(kReturn, SECCOMP_RET_ALLOW);
  lines[kCount - 1] = statement(kReturn, SECCOMP_RET_ERRNO | EPERM);
  return lines;
}

std::error_code last_error() { return {errno, std::generic_category()}; }

}  // namespace

ForbiddenCalls forbidden_calls() noexcept {
  static const std::array<sock_filter, kCount> lines = filter();
  return {kMachine, kForbidden, lines};
}

std::error_code forbid_calls() noexcept {
#ifdef __SANITIZE_ADDRESS__
  return {};
#else
  if (kMachine == 0) return std::make_error_code(std::errc::function_not_supported);
  std::array<sock_filter, kCount> lines = filter();
  const sock_fprog program = {static_cast<unsigned short>(lines.size()), lines.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return last_error();
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return last_error();
  return {};
#endif
}

}  // namespace flyball
