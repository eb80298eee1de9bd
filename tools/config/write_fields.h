// Configurations (env/config/fields.h) as TOML text: every key of visit(). What is read back is bit
// for bit what was written.
#pragma once

#include <fmt/format.h>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "env/config/fields.h"

namespace flyball {

// A number, a word, or a list of numbers. TOML wants a point or an exponent in what is to be a
// float.
template <typename T>
std::string toml_text(const T& value) {
  if constexpr (kIsVector<T>) {
    constexpr std::size_t kNumbersPerLine = 6;
    const bool is_long = value.size() > kNumbersPerLine;
    std::string text = "[";
    for (std::size_t i = 0; i < value.size(); ++i) {
      text += is_long && i % kNumbersPerLine == 0 ? "\n  " : " ";
      text += toml_text(value[i]) + ",";
    }
    return text + (is_long ? "\n]" : " ]");
  } else if constexpr (Worded<T>) {
    return fmt::format("\"{}\"", word_of(value));
  } else {
    std::string text = fmt::format("{}", value);
    const bool is_whole = text.find_first_of(".en") == std::string::npos;
    return std::is_floating_point_v<T> && is_whole ? text + ".0" : text;
  }
}

// Tables that say nothing but defaults are left out.
class FieldsToToml {
 public:
  // `path`: of the table, for the headers of those in it.
  explicit FieldsToToml(std::string path) : path_(std::move(path)) {}

  template <typename T>
  void operator()(const Field& field, const T& value) {
    const std::string path = path_ + "." + field.key;
    if constexpr (kIsOptional<T>) {
      if (value) (*this)(field, *value);
    } else if constexpr (Table<const T>) {
      const std::string text = text_of(path, value);
      if (field.need == Need::kRequired || text != text_of(path, T{})) {
        tables_ += fmt::format("\n[{}]\n{}", path, text);
      }
    } else if constexpr (is_list_of_tables<T>()) {
      for (const auto& entry : value) {
        tables_ += fmt::format("\n[[{}]]\n{}", path, text_of(path, entry));
      }
    } else {
      lines_ += fmt::format("{} = {}\n", field.key, toml_text(value));
    }
  }

  std::string text() const { return lines_ + tables_; }

 private:
  template <typename T>
  static constexpr bool is_list_of_tables() {
    if constexpr (kIsVector<T>) {
      return Table<typename T::value_type>;
    } else {
      return false;
    }
  }
  template <typename T>
  static std::string text_of(const std::string& path, const T& table) {
    FieldsToToml inner(path);
    visit(inner, table);
    return inner.text();
  }

  std::string path_;
  std::string lines_;
  std::string tables_;
};

}  // namespace flyball
