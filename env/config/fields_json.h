// Configurations (fields.h) as JSON objects and back. Header only, for those who link
// nlohmann_json.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "env/config/fields.h"
#include "env/excerpt.h"

namespace flyball {

// Json: nlohmann::json (keys sorted) or nlohmann::ordered_json (in the order of visit()).
template <typename Json, typename T>
Json to_json_value(const T& value);

template <typename Json>
class FieldsToJson {
 public:
  explicit FieldsToJson(Json& object) : object_(object) {}

  template <typename T>
  void operator()(const Field& field, const T& value) {
    if constexpr (kIsOptional<T>) {
      if (value) object_[field.key] = to_json_value<Json>(*value);
    } else {
      object_[field.key] = to_json_value<Json>(value);
    }
  }
  template <typename Function>
  void table(const Field& field, const Function& fields) {
    Json object = Json::object();
    FieldsToJson inner(object);
    fields(inner);
    object_[field.key] = std::move(object);
  }
  template <typename Variant, std::size_t kCount>
  void kind(const Field& field, const Variant& variant,
            const std::array<const char*, kCount>& names) {
    object_[field.key] = names[variant.index()];
    std::visit([this](const auto& chosen) { visit(*this, chosen); }, variant);
  }

 private:
  Json& object_;
};

template <typename Json, typename T>
Json to_json_value(const T& value) {
  if constexpr (kIsVector<T>) {
    Json list = Json::array();
    for (const auto& entry : value) list.push_back(to_json_value<Json>(entry));
    return list;
  } else if constexpr (kIsMap<T>) {
    Json object = Json::object();
    for (const auto& [name, entry] : value) object[name] = to_json_value<Json>(entry);
    return object;
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    return value.string();
  } else if constexpr (Table<const T>) {
    Json object = Json::object();
    FieldsToJson<Json> fields(object);
    visit(fields, value);
    return object;
  } else if constexpr (TwoEnds<T>) {
    return Json::array({value.low, value.high});
  } else if constexpr (Worded<T>) {
    return word_of(value);
  } else {
    return value;
  }
}

// Reads objects; an absent key leaves what the struct holds.
template <typename Json>
class FieldsFromJson {
 public:
  FieldsFromJson(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object.is_object()) fail(path_, "an object expected");
  }

  template <typename T>
  void operator()(const Field& field, T& value) {
    if (const Json* found = find(field)) read(*found, path_of(field.key), value);
  }
  template <typename Function>
  void table(const Field& field, const Function& fields) {
    const Json none = Json::object();
    const Json* found = find(field);
    FieldsFromJson inner(found != nullptr ? *found : none, path_of(field.key));
    fields(inner);
    inner.reject_unknown();
  }
  // Throws std::invalid_argument for a key that no field asked for.
  void reject_unknown() const {
    for (const auto& [key, value] : object_.items()) {
      if (known_.contains(key)) continue;
      std::string known;
      for (const std::string& name : known_) known += (known.empty() ? "" : ", ") + name;
      fail(path_of(excerpt(key)),
           fmt::format("unknown key, of a newer version or mistyped (known: {})", known));
    }
  }

 private:
  [[noreturn]] static void fail(const std::string& path, const std::string& message) {
    throw std::invalid_argument(fmt::format("{}: {}", path, message));
  }
  [[noreturn]] static void refuse(const std::string& path, const Json& json, const char* wanted) {
    fail(path, fmt::format("{}, {} expected", excerpt(json.dump()), wanted));
  }
  std::string path_of(const std::string& key) const {
    return path_.empty() ? key : path_ + "." + key;
  }

  const Json* find(const Field& field) {
    known_.insert(field.key);
    const auto found = object_.find(field.key);
    if (found != object_.end()) return &*found;
    if (field.need == Need::kRequired) fail(path_of(field.key), "absent");
    return nullptr;
  }

  template <typename T>
  static void read(const Json& json, const std::string& path, T& value) {
    if constexpr (kIsOptional<T>) {
      read(json, path, value.emplace());
    } else if constexpr (kIsVector<T>) {
      if (!json.is_array()) refuse(path, json, "a list");
      value.clear();
      for (const Json& entry : json) {
        typename T::value_type one{};
        read(entry, fmt::format("{}[{}]", path, value.size()), one);
        value.push_back(std::move(one));
      }
    } else if constexpr (Table<T>) {
      FieldsFromJson fields(json, path);
      visit(fields, value);
      fields.reject_unknown();
    } else if constexpr (TwoEnds<T>) {
      if (!json.is_array() || json.size() != 2) refuse(path, json, "two numbers");
      read(json[0], path, value.low);
      read(json[1], path, value.high);
    } else if constexpr (Worded<T>) {
      const auto word =
          json.is_string() ? from_word<T>(json.template get<std::string>()) : std::optional<T>{};
      if (!word) refuse(path, json, fmt::format("one of {}", all_words<T>()).c_str());
      value = *word;
    } else {
      read_scalar(json, path, value);
    }
  }
  template <typename T>
  static void read_scalar(const Json& json, const std::string& path, T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) refuse(path, json, "true or false");
    } else if constexpr (std::is_unsigned_v<T>) {
      if (!json.is_number_unsigned()) refuse(path, json, "an integer >= 0");
    } else if constexpr (std::is_integral_v<T>) {
      if (!json.is_number_integer()) refuse(path, json, "an integer");
    } else if constexpr (std::is_floating_point_v<T>) {
      if (!json.is_number()) refuse(path, json, "a number");
    } else {
      if (!json.is_string()) refuse(path, json, "a string");
    }
    json.get_to(value);
  }

  const Json& object_;
  std::string path_;
  std::set<std::string> known_;
};

template <typename Json, typename Config>
Json fields_to_json(const Config& config) {
  return to_json_value<Json>(config);
}

// Throws std::invalid_argument "PATH.key: what was found and expected": for wrong types, unknown
// keys, and absent ones that are required. The ranges are check_fields()'s.
template <typename Config, typename Json>
Config fields_from_json(const Json& object, const std::string& path) {
  Config config{};
  FieldsFromJson<Json> fields(object, path);
  visit(fields, config);
  fields.reject_unknown();
  return config;
}

}  // namespace flyball
