// What can go wrong with a board's files beyond the kernel's own error numbers. Codes compare equal
// to std::errc where the kernel refused; these are the project's own findings. Thread-safe.
#pragma once

#include <system_error>

namespace flyball {

enum class JetsonError {
  kMalformed = 1,   // a file holds something else than what it should
  kNotTaken,        // a value was written without an error, but another one reads back
  kNotExpressible,  // the control cannot do this (a memory clock can be pinned or free, no range)
  kIncomplete,      // a line that must be there is missing
  kStale,           // the application has not written its figures for too long
  kNotRegular,      // a directory, a FIFO or a device stands in a file's place
  kNotOwned,        // a file in an application's directory that is not the application's own
  kNotVerified,     // a value was written, but nothing can be read back
  kEnded,           // the program that made the application's link has ended
  kOtherVersion,    // the application's link is of another version than ours
};

// What it means; empty where there is no such error.
const char* text_of(JetsonError error) noexcept;
const std::error_category& jetson_category() noexcept;
std::error_code make_error_code(JetsonError error) noexcept;

}  // namespace flyball

template <>
struct std::is_error_code_enum<flyball::JetsonError> : std::true_type {};
