// The batch size that is recommended, as a number in an application's link. A link of another
// version, or no link at all, is never written. Allocates nothing, throws nothing.
#pragma once

#include <system_error>

namespace flyball {

// Whether the open file `fd` is a link that we know.
[[nodiscard]] std::error_code check_link_file(int fd) noexcept;

// Whatever a program may have put there, the number is one of 31 bits; 0: none is recommended.
[[nodiscard]] std::error_code read_recommended_batch(int fd, long long& size) noexcept;
[[nodiscard]] std::error_code write_recommended_batch(int fd, long long size) noexcept;

}  // namespace flyball
