// The fields of a configuration (fields.h) as texts, for people: help and tables. Pure.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "env/config/fields.h"

namespace flyball {

struct FieldText {
  std::string path;  // "learner.gamma", "simulate[].scenario", "boards.NAME.title"
  std::string type;  // "number", "list of text", "\"joint\", \"smooth\" or \"branching\""
  std::string unit;
  std::string standard;  // what an absent key means: "0.5"; "required"; empty for none
  std::string range;     // "in [0, 1)"; empty where any will do
  std::string about;

  friend bool operator==(const FieldText&, const FieldText&) = default;
};

// `value` as it would stand in a file.
template <typename T>
std::string file_text(const T& value) {
  if constexpr (kIsOptional<T>) {
    return value ? file_text(*value) : "";
  } else if constexpr (kIsVector<T>) {
    std::string text;
    for (const auto& entry : value) text += (text.empty() ? "" : ", ") + file_text(entry);
    return "[" + text + "]";
  } else if constexpr (TwoEnds<T>) {
    return fmt::format("[{:g}, {:g}]", value.low, value.high);
  } else if constexpr (Worded<T>) {
    return word_of(value);
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    return value.string();
  } else {
    return fmt::format("{}", value);
  }
}

template <typename T>
std::string type_text() {
  if constexpr (kIsOptional<T>) {
    return type_text<typename T::value_type>();
  } else if constexpr (kIsVector<T>) {
    return "list: " + type_text<typename T::value_type>();
  } else if constexpr (TwoEnds<T>) {
    return "two numbers";
  } else if constexpr (Worded<T>) {
    return all_words<T>();
  } else if constexpr (std::is_same_v<T, bool>) {
    return "true or false";
  } else if constexpr (std::is_integral_v<T>) {
    return "whole number";
  } else if constexpr (std::is_floating_point_v<T>) {
    return "number";
  } else {
    return "text";
  }
}

class FieldDescription {
 public:
  explicit FieldDescription(std::string prefix, std::vector<FieldText>& texts)
      : prefix_(std::move(prefix)), texts_(texts) {}

  template <typename T>
  void operator()(const Field& field, const T& value) {
    describe(field, field.key, value);
  }
  template <typename Function>
  void table(const Field& field, const Function& fields) {
    FieldDescription inner(prefix_ + field.key + ".", texts_);
    fields(inner);
  }
  template <typename Variant, std::size_t kCount>
  void kind(const Field& field, const Variant&, const std::array<const char*, kCount>& names) {
    std::string type;
    for (const char* name : names) type += (type.empty() ? "" : ", ") + std::string(name);
    add(field, field.key, type, "");
    kinds<Variant>(names, std::make_index_sequence<kCount>{});
  }

 private:
  template <typename T>
  void describe(const Field& field, const std::string& key, const T& value) {
    if constexpr (kIsOptional<T>) {
      if constexpr (Table<typename T::value_type>) {
        describe(field, key, value.value_or(typename T::value_type{}));
      } else {
        add(field, key, type_text<T>(), file_text(value));
      }
    } else if constexpr (kIsVector<T>) {
      if constexpr (Table<typename T::value_type>) {
        describe(field, key + "[]", typename T::value_type{});
      } else {
        add(field, key, type_text<T>(), file_text(value));
      }
    } else if constexpr (kIsMap<T>) {
      describe(field, key + ".NAME", typename T::mapped_type{});
    } else if constexpr (Table<const T>) {
      FieldDescription inner(prefix_ + key + ".", texts_);
      visit(inner, value);
    } else {
      add(field, key, type_text<T>(), file_text(value));
    }
  }
  void add(const Field& field, const std::string& key, std::string type, std::string standard) {
    const bool required = field.need == Need::kRequired;
    texts_.push_back({prefix_ + key, std::move(type), field.unit,
                      required ? "required" : std::move(standard),
                      field.range.unlimited() ? "" : field.range.text(), field.about});
  }
  // The fields of every kind, said to be its own.
  template <typename Variant, std::size_t kCount, std::size_t... kIndex>
  void kinds(const std::array<const char*, kCount>& names, std::index_sequence<kIndex...>) {
    (one_kind<std::variant_alternative_t<kIndex, Variant>>(names[kIndex]), ...);
  }
  template <typename Alternative>
  void one_kind(const char* name) {
    const std::size_t before = texts_.size();
    const Alternative alternative{};
    visit(*this, alternative);
    for (std::size_t i = before; i < texts_.size(); ++i) {
      texts_[i].about = fmt::format("{}: {}", name, texts_[i].about);
    }
  }

  std::string prefix_;
  std::vector<FieldText>& texts_;
};

// In the order of visit(), nested tables where they stand; `prefix` before every path.
template <typename Config>
std::vector<FieldText> describe_fields(const Config& config = {}, const std::string& prefix = {}) {
  std::vector<FieldText> texts;
  FieldDescription description(prefix, texts);
  visit(description, config);
  return texts;
}

}  // namespace flyball
