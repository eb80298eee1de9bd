// Holds the numbers of a configuration against the ranges of its fields (fields.h). Pure.
#pragma once

#include <fmt/format.h>

#include <array>
#include <concepts>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "env/config/fields.h"

namespace flyball {

class FieldCheck {
 public:
  explicit FieldCheck(std::string path) : path_(std::move(path)) {}

  template <typename T>
  void operator()(const Field& field, const T& value) {
    check(path_of(field.key), field, value);
  }
  template <typename Function>
  void table(const Field& field, const Function& fields) {
    FieldCheck inner(path_of(field.key));
    fields(inner);
  }
  template <typename Variant, std::size_t kCount>
  void kind(const Field&, const Variant& variant, const std::array<const char*, kCount>&) {
    std::visit([this](const auto& chosen) { visit(*this, chosen); }, variant);
  }

 private:
  std::string path_of(const char* key) const { return path_.empty() ? key : path_ + "." + key; }

  template <typename T>
  void check(const std::string& path, const Field& field, const T& value) {
    if constexpr (kIsOptional<T>) {
      if (value) check(path, field, *value);
    } else if constexpr (kIsVector<T>) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        const typename T::value_type& entry = value[i];  // of vector<bool>, too
        check(fmt::format("{}[{}]", path, i), field, entry);
      }
    } else if constexpr (kIsMap<T>) {
      for (const auto& [name, entry] : value) {
        FieldCheck inner(path + "." + name);
        visit(inner, entry);
      }
    } else if constexpr (Table<const T>) {
      FieldCheck inner(path);
      visit(inner, value);
    } else if constexpr (TwoEnds<T>) {
      check_number(path, field, value.low);
      check_number(path, field, value.high);
      if (!(value.low <= value.high)) {
        throw std::invalid_argument(fmt::format(
            "{} = [{:g}, {:g}]: two numbers, ascending, expected", path, value.low, value.high));
      }
    } else if constexpr (std::is_arithmetic_v<T> && !std::same_as<T, bool>) {
      check_number(path, field, static_cast<double>(value));
    }
  }
  static void check_number(const std::string& path, const Field& field, double value) {
    if (field.range.holds(value)) return;
    throw std::invalid_argument(
        fmt::format("{} = {:g}: must be {}", path, value, field.range.text()));
  }

  std::string path_;
};

// Throws std::invalid_argument "PATH.key = value: must be RANGE" for the first number outside its
// range or not finite.
template <typename Config>
void check_fields(const Config& config, const std::string& path = {}) {
  FieldCheck check(path);
  visit(check, config);
}

}  // namespace flyball
