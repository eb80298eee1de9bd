// What an error's number means, without allocating. A value; the text lives as long as it does.
#pragma once

#include <array>
#include <string_view>
#include <system_error>

namespace flyball {

class ErrorText {
 public:
  // As error.message() says it: for the kernel's numbers and for ours.
  explicit ErrorText(const std::error_code& error) noexcept;
  ErrorText(const ErrorText&) = delete;
  ErrorText& operator=(const ErrorText&) = delete;

  std::string_view get() const { return text_; }

 private:
  std::array<char, 96> buffer_{};
  std::string_view text_;
};

}  // namespace flyball
