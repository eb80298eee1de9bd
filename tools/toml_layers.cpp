#include "tools/toml_layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "env/errors.h"
#include "env/excerpt.h"
#include "tools/toml_limits.h"

namespace flyball {

namespace {

constexpr std::string_view kOption = "--set ";
// Keys and strings of the file may be long, and hold line breaks.
constexpr std::size_t kMessageBytes = 1000;
constexpr std::size_t kMaxBases = 16;  // files that extend one another in a row

bool is_table_array(const toml::array* array) {
  return array != nullptr && !array->empty() &&
         std::all_of(array->begin(), array->end(), [](const auto& n) { return n.is_table(); });
}

// What `over` leaves out comes from `base`. Moved, because copies forget where they were written.
void merge(toml::table& over, toml::table& base) {
  for (auto&& [key, value] : base) {
    toml::node* const mine = over.get(key.str());
    if (mine == nullptr) {
      over.insert(key, std::move(value));
    } else if (mine->is_table() && value.is_table()) {
      merge(*mine->as_table(), *value.as_table());
    } else if (is_table_array(mine->as_array()) && is_table_array(value.as_array())) {
      toml::array& entries = *mine->as_array();
      toml::array& others = *value.as_array();
      for (std::size_t i = 0; i < others.size(); ++i) {
        if (i < entries.size()) {
          merge(*entries.get(i)->as_table(), *others.get(i)->as_table());
        } else {
          entries.push_back(std::move(*others.get(i)));
        }
      }
    }
  }
}

// `above`: the files that led here.
bool merge_bases(toml::table& table, const std::filesystem::path& file,
                 std::vector<std::filesystem::path>& above) {
  const toml::node* const node = table.get("extends");
  if (node == nullptr) return false;
  const toml::source_region source = node->source();
  if (!node->is_string()) {
    fail_at(source, file, fmt::format("extends: must be a file's name, is {}", describe(*node)));
  }
  above.push_back(std::filesystem::weakly_canonical(file));
  const std::filesystem::path base = file.parent_path() / node->as_string()->get();
  if (std::find(above.begin(), above.end(), std::filesystem::weakly_canonical(base)) !=
      above.end()) {
    fail_at(source, file, fmt::format("extends: {} extends this file in turn", base.string()));
  }
  if (above.size() > kMaxBases) fail_at(source, file, "extends: too many files in a row");
  std::string text;
  try {
    text = read_toml_text(base);
  } catch (const ConfigError& error) {
    fail_at(source, file, fmt::format("extends: {}", error.what()));
  }
  toml::table below = parse_toml(text, base.string());
  merge_bases(below, base, above);
  table.erase("extends");
  merge(table, below);
  return true;
}

// A step of "simulate[0].explore": a name, or the number of an entry.
struct Step {
  std::string name;
  std::optional<std::size_t> index;
};

[[noreturn]] void fail_assignment(const std::string& assignment, const std::string& message) {
  throw ConfigError(fmt::format("{}{}: {}", kOption, excerpt(assignment, kMessageBytes), message));
}

std::vector<Step> steps_of(std::string_view key, const std::string& assignment) {
  std::vector<Step> steps;
  while (!key.empty()) {
    if (key.front() == '[') {
      std::size_t index = 0;
      const char* const end = key.data() + key.size();
      const auto [at, error] = std::from_chars(key.data() + 1, end, index);
      if (error != std::errc() || at == end || *at != ']' || steps.empty()) break;
      steps.push_back({"", index});
      key.remove_prefix(static_cast<std::size_t>(at - key.data()) + 1);
    } else {
      if (key.front() == '.' && !steps.empty()) key.remove_prefix(1);
      const std::size_t end = std::min(key.find_first_of(".["), key.size());
      if (end == 0) break;
      steps.push_back({std::string(key.substr(0, end)), std::nullopt});
      key.remove_prefix(end);
    }
  }
  if (!key.empty() || steps.empty() || steps.size() > kMaxKeyParts) {
    fail_assignment(assignment, "KEY=VALUE expected, as in learner.gamma=0.9 or logs[0].weight=2");
  }
  return steps;
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\u{:04x}", byte);
    } else {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
  }
  return result + '"';
}

// A table with the one key "value".
toml::table parse_value(std::string_view value, const std::string& assignment) {
  const std::string name = std::string(kOption) + assignment;
  try {
    toml::table table = parse_toml(fmt::format("value = {}", value), name);
    if (table.size() == 1) return table;
  } catch (const ConfigError&) {  // a word, as a string without its quotes
  }
  return parse_toml(fmt::format("value = {}", quoted(value)), name);
}

// What `step` of `node` is, made where it is not there; absent where `node` is a text.
toml::node* descend(toml::node& node, const Step& step, bool to_array, const toml::key& key,
                    const std::string& assignment) {
  if (step.index) {
    toml::array* const array = node.as_array();
    if (array == nullptr) return nullptr;
    if (*step.index > array->size()) {
      fail_assignment(assignment,
                      fmt::format("[{}]: there are {} entries", *step.index, array->size()));
    }
    if (*step.index == array->size()) array->push_back(toml::table{});
    return array->get(*step.index);
  }
  toml::table* const table = node.as_table();
  if (table == nullptr) return nullptr;
  if (table->get(step.name) == nullptr) {
    to_array ? table->insert(key, toml::array{}) : table->insert(key, toml::table{});
  }
  return table->get(step.name);
}

}  // namespace

void fail_at(const toml::source_region& source, const std::filesystem::path& file,
             const std::string& message) {
  const std::string name = source.path ? *source.path : file.string();
  const std::string line = excerpt(message, kMessageBytes);
  if (name.starts_with(kOption)) {
    throw ConfigError(fmt::format("{}: {}", excerpt(name, kMessageBytes), line));
  }
  if (source.begin.line == 0) throw ConfigError(fmt::format("{}: {}", name, line));
  throw ConfigError(
      fmt::format("{}:{}:{}: {}", name, source.begin.line, source.begin.column, line));
}

std::string describe(const toml::node& node) {
  std::ostringstream text;
  if (const auto* value = node.as_string()) {
    text << "the string \"" << excerpt(value->get()) << '"';
  } else if (const auto* whole = node.as_integer()) {
    text << "the whole number " << whole->get();
  } else if (const auto* number = node.as_floating_point()) {
    text << "the number " << number->get();
  } else if (const auto* flag = node.as_boolean()) {
    text << (flag->get() ? "true" : "false");
  } else if (node.is_array()) {
    text << "an array";
  } else if (node.is_table()) {
    text << "a table";
  } else {
    text << "a date or time";
  }
  return text.str();
}

toml::table parse_toml(std::string_view text, const std::string& name) {
  if (const auto excess = find_excess(text)) {
    const toml::source_position at{excess->line, excess->column};
    fail_at({at, at, nullptr}, name, excess->what);
  }
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    fail_at(error.source(), name, fmt::format("not valid TOML: {}", error.description()));
  }
}

std::string read_toml_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text;
  for (std::array<char, 65536> block; stream && text.size() <= kMaxTomlBytes;) {
    stream.read(block.data(), block.size());
    text.append(block.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (!stream.eof() && text.size() <= kMaxTomlBytes) {
    throw ConfigError(fmt::format("{}: cannot be read (no such file, a folder, or no permission)",
                                  file.string()));
  }
  return text;
}

bool merge_bases(toml::table& table, const std::filesystem::path& file) {
  std::vector<std::filesystem::path> above;
  return merge_bases(table, file, above);
}

std::optional<InnerAssignment> assign(toml::table& table, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos) fail_assignment(assignment, "KEY=VALUE expected");
  const std::string key = assignment.substr(0, equals);
  const std::vector<Step> steps = steps_of(key, assignment);
  toml::table value = parse_value(std::string_view(assignment).substr(equals + 1), assignment);
  const toml::source_region source = value.get("value")->source();
  toml::node* node = &table;
  std::string path;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (node->is_string()) return InnerAssignment{path, assignment.substr(path.size() + 1)};
    const Step& step = steps[i];
    const toml::key name(step.name, source);
    if (i + 1 == steps.size() && !step.index && node->is_table()) {
      node->as_table()->insert_or_assign(name, std::move(*value.get("value")));
      return std::nullopt;
    }
    toml::node* const next =
        descend(*node, step, i + 1 < steps.size() && steps[i + 1].index, name, assignment);
    if (next == nullptr) {
      fail_assignment(assignment, fmt::format("{} is {}", path, describe(*node)));
    }
    node = next;
    path += step.index ? fmt::format("[{}]", *step.index)
                       : (path.empty() ? step.name : "." + step.name);
  }
  fail_assignment(assignment, "an entry is set whole: set the list, or keys of the entry");
}

}  // namespace flyball
