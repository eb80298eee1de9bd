// Configurations (env/config/fields.h) as attributes of an HDF5 group. Internal to replay/hdf5.
//
// Strings, numbers and lists are an attribute each, "PREFIX" and the key. A struct of numbers may
// be two: the list of its keys and the list of its values.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "env/config/fields.h"
#include "replay/hdf5/hdf5_file.h"

namespace flyball {

class FieldsToAttributes {
 public:
  FieldsToAttributes(Hdf5Group& group, std::string prefix)
      : group_(group), prefix_(std::move(prefix)) {}

  template <typename T>
  void operator()(const Field& field, const T& value) {
    const std::string name = prefix_ + field.key;
    if constexpr (std::is_same_v<T, bool>) {
      group_.set_attribute(name, std::int64_t{value ? 1 : 0});
    } else if constexpr (Worded<T>) {
      group_.set_attribute(name, std::string(word_of(value)));
    } else {
      if constexpr (kIsVector<T>) {
        if (value.empty()) return;  // as if there were none
      }
      group_.set_attribute(name, value);
    }
  }

 private:
  Hdf5Group& group_;
  std::string prefix_;
};

// An absent attribute leaves what the struct holds. Throws std::runtime_error.
class FieldsFromAttributes {
 public:
  FieldsFromAttributes(const Hdf5Group& group, std::string prefix)
      : group_(group), prefix_(std::move(prefix)) {}

  template <typename T>
  void operator()(const Field& field, T& value) {
    const std::string name = prefix_ + field.key;
    if (field.need == Need::kOptional && !group_.has_attribute(name)) return;
    if constexpr (kIsVector<T>) {
      value = group_.attribute<typename T::value_type>(name);
    } else if constexpr (std::is_same_v<T, bool>) {
      value = single<std::int64_t>(name) != 0;
    } else if constexpr (Worded<T>) {
      const auto meant = from_word<T>(single<std::string>(name));
      if (!meant) fail(name, fmt::format("one of {} expected", all_words<T>()));
      value = *meant;
    } else {
      value = single<T>(name);
      if constexpr (std::is_floating_point_v<T>) {
        if (!field.range.holds(value)) fail(name, "must be " + field.range.text());
      }
    }
  }

 private:
  [[noreturn]] void fail(const std::string& name, const std::string& what) const {
    throw std::runtime_error(fmt::format("{}: {}", group_.where("attribute " + name), what));
  }
  template <typename T>
  T single(const std::string& name) const {
    const std::vector<T> values = group_.attribute<T>(name);
    if (values.size() != 1) fail(name, "one value expected");
    return values.front();
  }

  const Hdf5Group& group_;
  std::string prefix_;
};

// The numbers of a struct as a list of keys and a list of values, Number: double or std::int64_t.
template <typename Number>
struct NumberFields {
  std::vector<std::string> keys;
  std::vector<Number> values;

  template <typename T>
  void operator()(const Field& field, const T& value) {
    keys.emplace_back(field.key);
    if constexpr (std::is_same_v<T, std::optional<double>>) {
      values.push_back(static_cast<Number>(value.value()));  // requires that it is known
    } else {
      values.push_back(static_cast<Number>(value));
    }
  }
};

template <typename Number, typename Config>
NumberFields<Number> numbers_of(const Config& config) {
  NumberFields<Number> numbers;
  visit(numbers, config);
  return numbers;
}

// Sets what `numbers` holds; keys that it lacks keep their value, others' are passed over. Throws
// std::invalid_argument for a number outside its range: a count is never negative.
template <typename Number, typename Config>
void set_numbers(const NumberFields<Number>& numbers, Config& config) {
  const auto set = [&numbers]<typename T>(const Field& field, T& value) {
    const auto found = std::find(numbers.keys.begin(), numbers.keys.end(), field.key);
    if (found == numbers.keys.end()) return;
    const Number number = numbers.values[static_cast<std::size_t>(found - numbers.keys.begin())];
    const Range range = std::is_unsigned_v<T> ? at_least(0) : field.range;
    if (!range.holds(static_cast<double>(number))) {
      throw std::invalid_argument(
          fmt::format("{} = {}: must be {}", field.key, number, range.text()));
    }
    value = static_cast<T>(number);
  };
  visit(set, config);
}

}  // namespace flyball
