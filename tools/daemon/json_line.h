// A JSON object written into a buffer of fixed size, without allocating. Not thread-safe.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tools/daemon/run_folder.h"

namespace flyball {

// `text` as JSON has it, with its quotes. Allocates.
std::string json_text(const std::string& text);

class JsonLine {
 public:
  void clear() noexcept { size_ = 0; }

  // Brackets: `{`, `[` and what ends them. Between values of an array and before keys the comma
  // comes by itself.
  void open(char bracket) noexcept;
  void close(char bracket) noexcept;
  void key(std::string_view name) noexcept;
  // Already JSON: json_text(), true, null.
  void raw(std::string_view json) noexcept;
  void value(double number) noexcept;  // null where it is none
  void value(std::integral auto number) noexcept { value_of(static_cast<long long>(number)); }
  void value(bool flag) noexcept { raw(flag ? "true" : "false"); }
  template <typename Value>
  void value(const std::optional<Value>& number) noexcept {
    number ? value(*number) : raw("null");
  }
  template <typename Value>
  void field(std::string_view name, const Value& number) noexcept {
    key(name);
    value(number);
  }

  // Absent where the buffer was too small.
  std::optional<std::string_view> text() const noexcept;

 private:
  void value_of(long long number) noexcept;
  void put(std::string_view text) noexcept;

  std::array<char, StatusFile::kMostBytes> bytes_;
  std::size_t size_ = 0;  // beyond the buffer: too much was put
};

}  // namespace flyball
