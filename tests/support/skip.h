// A test that cannot run here says so: the program then ends with kSkippedExitCode, which ctest
// (where every case runs on its own) reports as skipped instead of passed.
#pragma once

#include <cstdlib>
#include <string>

namespace flyball {

inline constexpr int kSkippedExitCode = 77;  // SKIP_RETURN_CODE in tests/CMakeLists.txt

// Whether qemu-user runs this program (tools/test.sh arm64), which has not every call of a kernel.
inline bool is_under_qemu() { return std::getenv("FLYBALL_UNDER_QEMU") != nullptr; }

// Call it instead of checking anything, then return. `why` names what is missing.
void skip_test(const std::string& why);

}  // namespace flyball
