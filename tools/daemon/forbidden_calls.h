// System calls that a process which only reads, decides and asks never makes: they are refused with
// EPERM from then on (seccomp, see Documentation/userspace-api/seccomp_filter.rst in the kernel).
// Whoever took the process over could start no program, open no socket, trace no process and load
// nothing into the kernel; what is open stays open. Beside the unit's own filter, which also holds
// for the guard, and where there is no unit.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <system_error>

namespace flyball {

// For this thread and all that it begins; not to be undone. Nothing is forbidden in a build with
// sanitizers, whose leak check traces the process. An error: the kernel has no such filters.
[[nodiscard]] std::error_code forbid_calls() noexcept;

// What the kernel is given, for looking at: the machine whose calls it knows (AUDIT_ARCH_...; 0: no
// filter is known for this one), the numbers it refuses, and the statements.
struct ForbiddenCalls {
  std::uint32_t machine = 0;
  std::span<const long> numbers;
  std::span<const sock_filter> statements;
};
ForbiddenCalls forbidden_calls() noexcept;

}  // namespace flyball
