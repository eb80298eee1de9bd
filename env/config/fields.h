// The fields of a configuration struct, listed once beside it:
//
//   struct PriorityConfig {
//     double alpha = 0.6;
//     std::optional<double> floor;
//   };
//   template <typename Visitor, FieldsOf<PriorityConfig> Config>
//   void visit(Visitor& field, Config& config) {
//     field({"alpha", "", within(0, 1), "how much surprise counts; 0 is uniform"}, config.alpha);
//     field({"floor", "J", above(0), "added to every error; absent: nothing"}, config.floor);
//   }
//
// Everything that reads, writes, checks or describes the struct is a visitor: check_fields.h,
// describe_fields.h, fields_json.h and, for TOML, tools/config/read_fields.h. A new field is one
// member and one line of its visit().
//
// A field is a bool, a whole number, a double, a string, an enumeration with words(), two ends
// {low, high}, a path (which counts from the file that says it); a vector or an optional of one of
// these; or a table: a struct with a visit() of its own, an optional of one (an absent table), a
// vector of them (an array of tables), a map of them (tables by name). Keys that have
// no struct of their own are a table as well: `field.table({"replay", ...}, [&](auto& inner)
// {...})`. What an absent key means is what the struct's initialiser says.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "env/config/range.h"

namespace flyball {

enum class Need { kOptional, kRequired };

struct Field {
  const char* key;
  const char* unit;   // "s", "Hz"; "" for none
  Range range;        // of the number, or of each number of a list
  const char* about;  // one sentence
  Need need = Need::kOptional;
};

// For the second parameter of visit(): the struct, constant or not.
template <typename Config, typename Struct>
concept FieldsOf = std::same_as<std::remove_const_t<Config>, Struct>;

// An enumeration's values by the words that stand for them in files. Beside the enumeration:
//   constexpr auto words(Head) { return std::array{Word{"joint", Head::kJoint}, ...}; }
template <typename Enum>
struct Word {
  const char* word;
  Enum value;
};
template <typename Enum>
Word(const char*, Enum) -> Word<Enum>;

template <typename T>
concept Worded = std::is_enum_v<T> && requires(T value) {
  words(value);
};

template <Worded Enum>
constexpr const char* word_of(Enum value) {
  for (const auto& [word, meant] : words(value)) {
    if (meant == value) return word;
  }
  return "";
}
template <Worded Enum>
std::optional<Enum> from_word(std::string_view text) {
  for (const auto& [word, value] : words(Enum{})) {
    if (text == word) return value;
  }
  return std::nullopt;
}
template <Worded Enum>
std::string all_words() {  // "joint, smooth, branching"
  std::string text;
  for (const auto& [word, value] : words(Enum{}))
    text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <typename T>
inline constexpr bool kIsVector = false;
template <typename T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <typename T>
inline constexpr bool kIsMap = false;
template <typename T>
inline constexpr bool kIsMap<std::map<std::string, T>> = true;

// What a concept asks visit() with; never called.
struct AnyVisitor {
  template <typename T>
  void operator()(const Field&, T&) {}
  template <typename Function>
  void table(const Field&, const Function&) {}
  template <typename Variant, std::size_t kCount>
  void kind(const Field&, Variant&, const std::array<const char*, kCount>&) {}
};

// A struct whose fields are listed: a table in files.
template <typename T>
concept Table = std::is_class_v<T> && !std::same_as<std::remove_const_t<T>, std::string> &&
                !std::same_as<std::remove_const_t<T>, std::filesystem::path> &&
                !kIsOptional<std::remove_const_t<T>> && !kIsVector<std::remove_const_t<T>> &&
                !kIsMap<std::remove_const_t<T>> && requires(AnyVisitor & visitor, T& value) {
  visit(visitor, value);
};

// Two ends, both included: [low, high] in files.
template <typename T>
concept TwoEnds = std::is_class_v<T> && requires(T value) {
  { value.low } -> std::convertible_to<double>;
  { value.high } -> std::convertible_to<double>;
} && !Table<T>;

}  // namespace flyball
