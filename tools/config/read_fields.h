// Configurations (env/config/fields.h) from TOML: every key of visit(), its type, its range. Errors
// name the place: FILE:LINE:COL: key = value: must be ...
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "env/config/check_fields.h"
#include "env/config/fields.h"
#include "tools/toml_reader.h"

namespace flyball {

// Fills what is given; what is absent keeps its value.
class TomlFields {
 public:
  explicit TomlFields(const TomlTable& table) : table_(table) {}

  template <typename T>
  void operator()(const Field& field, T& value) {
    read(field, value);
  }
  template <typename Function>
  void table(const Field& field, const Function& fields) {
    TomlFields inner(table_.table_or_empty(field.key));
    fields(inner);
  }
  template <typename Variant, std::size_t kCount>
  void kind(const Field& field, Variant& variant, const std::array<const char*, kCount>& names) {
    const std::string name = table_.required<std::string>(field.key);
    std::string known;
    for (std::size_t i = 0; i < kCount; ++i) {
      if (name == names[i]) return emplace(variant, i, std::make_index_sequence<kCount>{});
      known += (i > 0 ? ", " : "") + std::string(names[i]);
    }
    refuse_word(field, name, known);
  }

 private:
  template <typename T>
  void read(const Field& field, T& value) {
    if constexpr (kIsOptional<T>) {
      read_optional(field, value);
    } else if constexpr (Table<T>) {
      TomlFields inner(inner_table(field));
      visit(inner, value);
    } else if constexpr (kIsMap<T>) {
      const TomlTable tables = inner_table(field);
      for (const std::string& name : tables.keys()) {
        TomlFields inner(tables.table(name));
        visit(inner, value[name]);
      }
    } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
      if (const auto name = given<std::string>(field)) value = table_.folder(field.key) / *name;
    } else if constexpr (TwoEnds<T>) {
      const auto ends = given<std::vector<double>>(field);
      if (ends && ends->size() != 2) table_.fail(field.key, "two numbers, ascending, expected");
      if (ends) value = {(*ends)[0], (*ends)[1]};
    } else if constexpr (Worded<T>) {
      if (const auto word = given<std::string>(field)) {
        const auto meant = from_word<T>(*word);
        if (!meant) refuse_word(field, *word, all_words<T>());
        value = *meant;
      }
    } else if constexpr (kIsVector<T>) {
      read_list(field, value);
    } else {
      if (auto scalar = given<T>(field)) value = std::move(*scalar);
    }
  }
  TomlTable inner_table(const Field& field) const {
    return field.need == Need::kRequired ? table_.table(field.key)
                                         : table_.table_or_empty(field.key);
  }
  template <typename T>
  void read_optional(const Field& field, T& value) {
    if (!table_.contains(field.key)) {
      table_.skip(field.key);
      if (field.need == Need::kRequired) table_.fail(field.key, "missing");
    } else {
      read(field, value.emplace());
    }
  }
  template <typename Entry>
  void read_list(const Field& field, std::vector<Entry>& values) {
    if constexpr (Table<Entry>) {
      const std::vector<TomlTable> tables = table_.tables(field.key);
      if (tables.empty() && field.need == Need::kRequired) {
        table_.fail(field.key, "must hold at least one entry");
      }
      if (!tables.empty()) values.clear();
      for (const TomlTable& table : tables) {
        TomlFields inner(table);
        visit(inner, values.emplace_back());
      }
    } else {
      if (auto list = given<std::vector<Entry>>(field)) values = std::move(*list);
    }
  }
  template <typename T>
  std::optional<T> given(const Field& field) const {
    std::optional<T> value = table_.optional<T>(field.key);
    if (!value && field.need == Need::kRequired) table_.fail(field.key, "missing");
    return value;
  }
  template <typename Variant, std::size_t... kIndex>
  void emplace(Variant& variant, std::size_t index, std::index_sequence<kIndex...>) {
    ((kIndex == index ? visit(*this, variant.template emplace<kIndex>()) : void()), ...);
  }
  [[noreturn]] void refuse_word(const Field& field, const std::string& word,
                                const std::string& known) const {
    table_.fail(field.key, "\"" + word + "\" is none of the allowed (allowed: " + known + ")");
  }

  TomlTable table_;
};

// Reads `config` and holds it against the ranges of its fields. Throws ConfigError.
template <typename Config>
void read_fields(const TomlTable& table, Config& config) {
  table.checked([&] {
    TomlFields fields(table);
    visit(fields, config);
    check_fields(config);
  });
}
template <typename Config>
Config read_fields(const TomlTable& table) {
  Config config{};
  read_fields(table, config);
  return config;
}

}  // namespace flyball
