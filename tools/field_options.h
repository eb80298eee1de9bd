// Options of the command line that set fields of a configuration (env/config/fields.h). Range,
// default and sentence are those of its visit(): they stand once.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "env/config/describe_fields.h"
#include "env/config/fields.h"
#include "tools/program.h"

namespace flyball {

// "seconds at most; absent: the scenario's" as "Seconds at most (default: the scenario's)".
std::string option_text(const Field& field);

// A visitor that makes an option of one field. Keys within tables are not looked at.
class FieldOption {
 public:
  FieldOption(CLI::App& command, std::string name, std::string key)
      : command_(command), name_(std::move(name)), key_(std::move(key)) {}

  template <typename T>
  void operator()(const Field& field, T& value) {
    if (field.key == key_) option_ = add(field, value);
  }
  template <typename Function>
  void table(const Field&, const Function&) {}
  template <typename Variant, std::size_t kCount>
  void kind(const Field&, Variant&, const std::array<const char*, kCount>&) {}

  CLI::Option* option() const { return option_; }

 private:
  template <typename T>
  CLI::Option* add(const Field& field, T& value) {
    if constexpr (kIsOptional<T>) {
      return add_absent(field, value);
    } else if constexpr (kIsVector<T>) {
      CLI::Option* option = command_.add_option(name_, value, option_text(field))->delimiter(',');
      return limit<typename T::value_type>(option, field);
    } else if constexpr (std::is_same_v<T, bool>) {
      return command_.add_flag(name_, value, option_text(field));
    } else if constexpr (std::is_arithmetic_v<T>) {
      CLI::Option* option = command_.add_option(name_, value, option_text(field));
      return limit<T>(option->default_str(file_text(value)), field);
    } else {
      throw std::logic_error(fmt::format("{}: no option can be made of its type", key_));
    }
  }
  template <typename T>
  CLI::Option* add_absent(const Field& field, std::optional<T>& value) {
    if constexpr (TwoEnds<T>) {
      CLI::Option* option = command_.add_option_function<std::vector<double>>(
          name_,
          [&value](const std::vector<double>& ends) {
            value = T{ends[0], ends[1]};
          },
          option_text(field));
      return limit<double>(option->type_name("LOW,HIGH")->delimiter(',')->expected(2), field);
    } else {
      return limit<T>(command_.add_option(name_, value, option_text(field)), field);
    }
  }
  template <typename T>
  static CLI::Option* limit(CLI::Option* option, const Field& field) {
    if constexpr (std::is_integral_v<T>) return option->check(whole_in(field.range));
    if constexpr (std::is_floating_point_v<T>) return option->check(number_in(field.range));
    return option;
  }

  CLI::App& command_;
  std::string name_;
  std::string key_;
  CLI::Option* option_ = nullptr;
};

// `config` must outlive the command. Throws std::logic_error where it has no such field.
template <typename Config>
CLI::Option* add_field_option(CLI::App& command, const std::string& name, Config& config,
                              const std::string& key) {
  FieldOption field(command, name, key);
  visit(field, config);
  if (field.option() == nullptr) throw std::logic_error(key + ": no such field");
  return field.option();
}

}  // namespace flyball
