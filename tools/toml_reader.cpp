#include "tools/toml_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <type_traits>
#include <utility>

#include "env/errors.h"
#include "env/excerpt.h"
#include "env/nearest_name.h"
#include "tools/toml_layers.h"

namespace flyball {

// One table of the document, made when it is first asked for.
struct TomlTable::Node {
  const toml::table* table = nullptr;
  toml::source_region source;
  std::string path;  // "gpu.podgov"; empty for the document itself
  std::set<std::string, std::less<>> asked;
  std::map<std::string, std::unique_ptr<Node>> children;  // by "key" or "key[index]"

  std::string path_of(std::string_view key) const {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
  }
  Node* child(const std::string& name, const toml::table& child_table) {
    std::unique_ptr<Node>& slot = children[name];
    if (!slot) {
      slot = std::make_unique<Node>();
      slot->table = &child_table;
      slot->source =
          child_table.empty() && !child_table.source().path ? source : child_table.source();
      slot->path = path_of(name);
    }
    return slot.get();
  }
};

struct TomlTable::Document {
  std::filesystem::path file;
  std::string text;  // as it was written, or with its layers merged
  toml::table root;
  Node node;
  std::map<std::string, std::vector<std::string>> inner;  // assignments in files that keys name
};

namespace {

template <typename T>
std::string wanted() {
  if constexpr (std::is_same_v<T, bool>) {
    return "true or false";
  } else if constexpr (std::is_unsigned_v<T>) {
    return "a whole number, 0 or more";
  } else if constexpr (std::is_integral_v<T>) {
    return sizeof(T) < sizeof(std::int64_t)
               ? fmt::format("a whole number in [{}, {}]", std::numeric_limits<T>::min(),
                             std::numeric_limits<T>::max())
               : std::string("a whole number");
  } else if constexpr (std::is_same_v<T, double>) {
    return "a finite number";
  } else {
    return "a string";
  }
}

// Absent when the node is of another type or does not fit.
template <typename T>
std::optional<T> scalar(const toml::node& node) {
  if constexpr (std::is_same_v<T, bool>) {
    if (const auto* value = node.as_boolean()) return value->get();
  } else if constexpr (std::is_integral_v<T>) {
    if (const auto* value = node.as_integer()) {
      if (std::in_range<T>(value->get())) return static_cast<T>(value->get());
    }
  } else if constexpr (std::is_same_v<T, double>) {
    const auto* value = node.as_floating_point();
    if (value != nullptr && std::isfinite(value->get())) return value->get();
    if (const auto* whole = node.as_integer()) return static_cast<double>(whole->get());
  } else {
    if (const auto* value = node.as_string()) return value->get();
  }
  return std::nullopt;
}

template <typename T>
struct IsVector : std::false_type {};
template <typename T>
struct IsVector<std::vector<T>> : std::true_type {};

template <typename T>
T convert(const std::filesystem::path& file, const std::string& path, const toml::node& node) {
  if constexpr (IsVector<T>::value) {
    const toml::array* array = node.as_array();
    if (array == nullptr) {
      fail_at(node.source(), file,
              fmt::format("{}: must be an array, is {}", path, describe(node)));
    }
    T values;
    for (std::size_t i = 0; i < array->size(); ++i) {
      values.push_back(
          convert<typename T::value_type>(file, fmt::format("{}[{}]", path, i), *array->get(i)));
    }
    return values;
  } else {
    const std::optional<T> value = scalar<T>(node);
    if (!value) {
      fail_at(node.source(), file,
              fmt::format("{}: must be {}, is {}", path, wanted<T>(), describe(node)));
    }
    return *value;
  }
}

// Absent where the node is a table, a date or not finite.
std::optional<std::string> word_of(const toml::node& node) {
  if (const auto text = scalar<std::string>(node)) return text;
  if (const auto truth = scalar<bool>(node)) return *truth ? "true" : "false";
  if (const auto whole = scalar<std::int64_t>(node)) return fmt::format("{}", *whole);
  if (const auto number = scalar<double>(node)) return fmt::format("{}", *number);
  return std::nullopt;
}

// The deepest node along "gpu.frequencies_hz[3]" that exists.
const toml::node* deepest(const toml::table& root, std::string_view path) {
  const toml::node* node = &root;
  while (!path.empty()) {
    const toml::node* next = nullptr;
    if (path.front() == '[') {
      const std::size_t end = path.find(']');
      std::size_t index = 0;
      if (end == std::string_view::npos || node->as_array() == nullptr) break;
      std::from_chars(path.data() + 1, path.data() + end, index);
      next = node->as_array()->get(index);
      path.remove_prefix(end + 1);
    } else {
      if (path.front() == '.') path.remove_prefix(1);
      const std::size_t end = std::min(path.find_first_of(".["), path.size());
      if (node->as_table() == nullptr) break;
      next = node->as_table()->get(path.substr(0, end));
      path.remove_prefix(end);
    }
    if (next == nullptr) break;
    node = next;
  }
  return node;
}

}  // namespace

TomlTable::TomlTable(std::shared_ptr<Document> document, Node* node)
    : document_(std::move(document)), node_(node) {}

TomlTable TomlTable::parse_file(const std::filesystem::path& path,
                                const std::vector<std::string>& assignments) {
  return parse_text(read_toml_text(path), path.string(), assignments);
}

TomlTable TomlTable::parse_text(std::string_view text, const std::string& file_name,
                                const std::vector<std::string>& assignments) {
  auto document = std::make_shared<Document>();
  document->file = file_name;
  document->text = text;
  document->root = parse_toml(text, file_name);
  const bool extends = merge_bases(document->root, file_name);
  for (const std::string& assignment : assignments) {
    if (auto inner = assign(document->root, assignment)) {
      document->inner[inner->key].push_back(std::move(inner->assignment));
    }
  }
  if (extends || !assignments.empty()) {
    std::ostringstream merged;
    merged << document->root << '\n';
    document->text = merged.str();
  }
  document->node.table = &document->root;
  Node* root = &document->node;
  return TomlTable(std::move(document), root);
}

const std::string& TomlTable::text() const { return document_->text; }

std::vector<std::string> TomlTable::take_assignments(std::string_view key) const {
  const auto found = document_->inner.extract(node_->path_of(key));
  return found ? std::move(found.mapped()) : std::vector<std::string>{};
}

template <typename T>
std::optional<T> TomlTable::optional(std::string_view key) const {
  node_->asked.emplace(key);
  const toml::node* node = node_->table->get(key);
  if (node == nullptr) return std::nullopt;
  return convert<T>(document_->file, node_->path_of(key), *node);
}

template <typename T>
T TomlTable::required(std::string_view key) const {
  std::optional<T> value = optional<T>(key);
  if (!value) fail(key, "missing");
  return std::move(*value);
}

#define FLYBALL_TOML_TYPE(T)                                                \
  template std::optional<T> TomlTable::optional<T>(std::string_view) const; \
  template T TomlTable::required<T>(std::string_view) const;
FLYBALL_TOML_TYPE(bool)
FLYBALL_TOML_TYPE(int)
FLYBALL_TOML_TYPE(std::int64_t)
FLYBALL_TOML_TYPE(std::uint64_t)
FLYBALL_TOML_TYPE(std::uint32_t)
FLYBALL_TOML_TYPE(double)
FLYBALL_TOML_TYPE(std::string)
FLYBALL_TOML_TYPE(std::vector<int>)
FLYBALL_TOML_TYPE(std::vector<std::uint64_t>)
FLYBALL_TOML_TYPE(std::vector<double>)
FLYBALL_TOML_TYPE(std::vector<std::string>)
#undef FLYBALL_TOML_TYPE

std::string TomlTable::choice(std::string_view key,
                              std::initializer_list<std::string_view> allowed) const {
  const auto value = required<std::string>(key);
  std::vector<std::string> names;
  for (const std::string_view name : allowed) {
    if (value == name) return value;
    names.emplace_back(name);
  }
  fail(key, fmt::format("\"{}\" is none of the allowed{} (allowed: {})", value,
                        did_you_mean(value, names), join_names(names)));
}

std::string TomlTable::word(std::string_view key) const {
  node_->asked.emplace(key);
  const toml::node* node = node_->table->get(key);
  if (node == nullptr) fail(key, "missing");
  const toml::array* array = node->as_array();
  std::vector<std::string> words;
  const std::size_t count = array != nullptr ? array->size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const std::optional<std::string> word = word_of(array != nullptr ? *array->get(i) : *node);
    if (!word) fail(key, "must be a string, a number, true or false, or an array of these");
    words.push_back(*word);
  }
  return fmt::format("{}", fmt::join(words, ","));
}

TomlTable TomlTable::table_or_empty(std::string_view key) const {
  static const toml::table kNone;
  if (std::optional<TomlTable> found = optional_table(key)) return *found;
  return TomlTable(document_, node_->child(std::string(key), kNone));
}

TomlTable TomlTable::table(std::string_view key) const {
  std::optional<TomlTable> found = optional_table(key);
  if (!found) fail(key, fmt::format("missing (a table, [{}])", node_->path_of(key)));
  return *found;
}

std::optional<TomlTable> TomlTable::optional_table(std::string_view key) const {
  node_->asked.emplace(key);
  const toml::node* node = node_->table->get(key);
  if (node == nullptr) return std::nullopt;
  const toml::table* table = node->as_table();
  if (table == nullptr) fail(key, fmt::format("must be a table, is {}", describe(*node)));
  return TomlTable(document_, node_->child(std::string(key), *table));
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) const {
  node_->asked.emplace(key);
  std::vector<TomlTable> found;
  const toml::node* node = node_->table->get(key);
  if (node == nullptr) return found;
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    fail(key, fmt::format("must be an array of tables ([[{}]]), is {}", node_->path_of(key),
                          describe(*node)));
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    const std::string name = fmt::format("{}[{}]", key, i);
    const toml::table* table = array->get(i)->as_table();
    if (table == nullptr) fail(key, fmt::format("entry {} must be a table", i));
    found.push_back(TomlTable(document_, node_->child(name, *table)));
  }
  return found;
}

bool TomlTable::contains(std::string_view key) const { return node_->table->contains(key); }

void TomlTable::skip(std::string_view key) const { node_->asked.emplace(key); }

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::string> names;
  for (const auto& [key, value] : *node_->table) names.emplace_back(key.str());
  return names;
}

std::filesystem::path TomlTable::folder(std::string_view key) const {
  const toml::node* node = node_->table->get(key);
  const bool in_file = node != nullptr && node->source().path && node->source().begin.line > 0 &&
                       !node->source().path->starts_with("--set ");
  return (in_file ? std::filesystem::path(*node->source().path) : document_->file).parent_path();
}

void TomlTable::fail(std::string_view key, const std::string& message) const {
  const toml::node* node = node_->table->get(key);
  fail_at(node != nullptr ? node->source() : node_->source, document_->file,
          fmt::format("{}: {}", node_->path_of(key), message));
}

void TomlTable::fail(const std::invalid_argument& error, std::string_view own_name) const {
  std::string_view message = error.what();
  if (!own_name.empty() && message.starts_with(own_name) &&
      message.substr(own_name.size()).starts_with('.')) {
    message.remove_prefix(own_name.size() + 1);
  }
  const std::string_view path = message.substr(0, message.find_first_of(": ="));
  const toml::node* const node = deepest(*node_->table, path);
  fail_at(node == node_->table ? node_->source : node->source(), document_->file,
          node_->path_of(message));
}

void TomlTable::reject_unknown() const {
  for (const auto& [key, value] : *node_->table) {
    if (node_->asked.contains(key.str())) continue;
    const std::vector<std::string> known(node_->asked.begin(), node_->asked.end());
    const std::string meant = did_you_mean(key.str(), known);
    fail_at(key.source(), document_->file,
            fmt::format("{}: unknown key{}", node_->path_of(key.str()),
                        meant.empty() ? fmt::format(" (allowed: {})", join_names(known)) : meant));
  }
  for (const auto& [name, child] : node_->children) {
    TomlTable(document_, child.get()).reject_unknown();
  }
  if (node_ != &document_->node || document_->inner.empty()) return;
  const auto& [key, assignments] = *document_->inner.begin();
  throw ConfigError(
      fmt::format("--set {}.{}: {} is a text and leads no further", key, assignments.front(), key));
}

}  // namespace flyball
