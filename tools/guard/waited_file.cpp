#include "tools/guard/waited_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "env/jetson/descriptor.h"

namespace flyball {

namespace {

using Name = std::array<char, 64>;

Name proc_name(const char* format, pid_t process, int descriptor = 0) noexcept {
  Name name{};
  snprintf(name.data(), name.size(), format, static_cast<int>(process), descriptor);
  return name;
}

struct Call {
  long number = -1;
  std::array<std::uint64_t, 2> arguments{};
};

Call present_call(pid_t process) noexcept {
  Call call;
  const Descriptor file(open(proc_name("/proc/%d/syscall", process).data(), O_RDONLY | O_CLOEXEC));
  std::array<char, 256> text{};
  if (!file.is_open() || read(file.get(), text.data(), text.size() - 1) <= 0) return call;
  unsigned long long first = 0;
  unsigned long long second = 0;
  // "running", or "-1 ..." where it is in none.
  if (sscanf(text.data(), "%ld %llx %llx", &call.number, &first, &second) != 3) return {};
  call.arguments = {first, second};
  return call;
}

FixedText file_of_descriptor(pid_t process, std::uint64_t descriptor) noexcept {
  FixedText text{};
  const Name link = proc_name("/proc/%d/fd/%d", process, static_cast<int>(descriptor));
  const ssize_t size = readlink(link.data(), text.data(), text.size() - 1);
  text[static_cast<std::size_t>(std::max<ssize_t>(size, 0))] = '\0';
  return text;
}

FixedText text_at(pid_t process, std::uint64_t address) noexcept {
  FixedText text{};
  // Less and less of it: what follows the name may be nobody's memory.
  for (std::size_t size = text.size() - 1; size > 0; size /= 2) {
    iovec here{text.data(), size};
    iovec there{reinterpret_cast<void*>(static_cast<std::uintptr_t>(address)), size};
    if (process_vm_readv(process, &here, 1, &there, 1, 0) > 0) break;
  }
  text.back() = '\0';
  return text;
}

}  // namespace

FixedText file_waited_for(pid_t process) noexcept {
  const Call call = present_call(process);
  switch (call.number) {
    case SYS_read:
    case SYS_pread64:
    case SYS_write:
    case SYS_pwrite64:
    case SYS_fstat:
    case SYS_fsync:
    case SYS_close:
    case SYS_ftruncate:
    case SYS_getdents64: return file_of_descriptor(process, call.arguments[0]);
#ifdef SYS_open  // aarch64 has none of these
    case SYS_open:
    case SYS_stat:
    case SYS_lstat:
    case SYS_readlink:
    case SYS_access: return text_at(process, call.arguments[0]);
#endif
    case SYS_openat:
    case SYS_faccessat:
    case SYS_newfstatat:
    case SYS_statx:
    case SYS_readlinkat: return text_at(process, call.arguments[1]);
    default: return {};
  }
}

}  // namespace flyball
