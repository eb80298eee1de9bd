#include "tools/option_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "env/errors.h"
#include "policies/trusted_file.h"
#include "tools/config/config_directory.h"
#include "tools/option_kinds.h"
#include "tools/toml_limits.h"
#include "tools/toml_reader.h"

namespace flyball {

namespace fs = std::filesystem;

namespace {

constexpr const char* kConfig = "--config";
constexpr const char* kRoot = "--root";
constexpr const char* kUsualFile = "etc/flyball/flyball.toml";

bool names(const std::string& word, const std::string& option) {
  return word == option || word.starts_with(option + "=");
}

bool is_named(const Words& words, const std::string& option) {
  return std::ranges::any_of(words, [&](const std::string& w) { return names(w, option); });
}

// "--config FILE" or "--config=FILE", the last one.
std::optional<std::string> value_of(const Words& words, const std::string& option) {
  std::optional<std::string> value;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == option && i + 1 < words.size()) value = words[i + 1];
    if (words[i].starts_with(option + "=")) value = words[i].substr(option.size() + 1);
  }
  return value;
}

// The command that the words name, if it takes a file. CLI11 knows it only once it has parsed.
const CLI::App* command_of(const CLI::App& app, const Words& words) {
  for (const std::string& word : words) {
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
      if (command->get_name() != word) continue;
      return command->get_option_no_throw(kConfig) != nullptr ? command : nullptr;
    }
  }
  return nullptr;
}

bool asks_for_help(const Words& words) {
  return is_named(words, "--help") || is_named(words, "-h") || is_named(words, "--version");
}

// What finds the file, or serves one run alone, is for the command line.
bool may_stand_in_file(const CLI::Option& option) {
  const std::string name = long_name(option);
  return !name.empty() && name != "config" && name != "root" && name != "help" &&
         name != "help-all" && name != "version";
}

std::string key_of(const CLI::Option& option) {
  std::string key = long_name(option);
  std::ranges::replace(key, '-', '_');
  return key;
}

TomlTable read_trusted(const fs::path& file) {
  std::string text;
  try {
    text = read_file(file, kMaxTomlBytes, FileTrust::kOwned);
  } catch (const std::runtime_error& error) {
    throw DataError(error.what());
  }
  TomlTable table = TomlTable::parse_text(text, file.string());
  if (table.text() == text) return table;
  throw DataError(file.string() + ": extends another file: write its keys out here");
}

// "FILE:LINE:COL: run.eta"
std::string place_of(const TomlTable& table, const std::string& key) {
  try {
    table.fail(key, "");
  } catch (const ConfigError& error) {
    const std::string text = error.what();
    return text.substr(0, text.rfind(": "));
  }
}

std::string resolved(const CLI::Option& option, const std::string& value, const fs::path& folder) {
  const bool is_path = takes(option) == OptionTakes::kFile ||
                       takes(option) == OptionTakes::kFolder ||
                       (value_name(option) == "BOARD" && is_config_path(value));
  return is_path && value != "-" ? (folder / value).lexically_normal().string() : value;
}

// By the option's own checks and conversion.
void check(CLI::Option& option, const std::string& value, const TomlTable& table,
           const std::string& key) {
  std::string refusal;
  try {
    option.add_result(value);
    option.run_callback();
  } catch (const CLI::ParseError& error) {
    refusal = error.what();
  }
  option.clear();
  const std::string name = option.get_name() + ": ";
  if (refusal.starts_with(name)) refusal.erase(0, name.size());
  if (!refusal.empty()) table.fail(key, refusal);
}

OptionEntry flag_entry(const CLI::Option& option, const TomlTable& table, const std::string& key) {
  const std::string name = "--" + long_name(option);
  const bool is_set = table.required<bool>(key);
  return {name, is_set ? name : std::string(), place_of(table, key)};
}

OptionEntry value_entry(CLI::Option& option, const TomlTable& table, const std::string& key) {
  const std::string name = "--" + long_name(option);
  const std::string value = resolved(option, table.word(key), table.folder(key));
  check(option, value, table, key);
  return {name, fmt::format("{}={}", name, value), place_of(table, key)};
}

void read_options(CLI::App& app, const TomlTable& table, const Words& words,
                  std::vector<OptionEntry>& entries) {
  for (CLI::Option* option : app.get_options()) {
    if (!may_stand_in_file(*option)) continue;
    const std::string key = key_of(*option);
    table.skip(key);
    if (!table.contains(key)) continue;
    OptionEntry entry = takes(*option) == OptionTakes::kNothing ? flag_entry(*option, table, key)
                                                                : value_entry(*option, table, key);
    if (!is_named(words, entry.option)) entries.push_back(std::move(entry));
  }
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

// "# Between readings (default: about 0.1)" and "#sample = SECONDS", or the value that is preset.
std::string template_lines(const CLI::Option& option, const std::string& table,
                           const OptionValues& preset) {
  const std::string key = key_of(option);
  const bool is_flag = takes(option) == OptionTakes::kNothing;
  const auto value = preset.find(table.empty() ? key : table + "." + key);
  const std::string line =
      value != preset.end() ? fmt::format("{} = {}", key, quoted(value->second))
                            : fmt::format("#{} = {}", key, is_flag ? "true" : value_name(option));
  return fmt::format("\n# {}\n{}\n", option_sentence(option), line);
}

}  // namespace

void add_config_option(CLI::App& command) {
  command
      .add_option_function<std::string>(
          kConfig, [](const std::string&) {},  // it was read before
          "More options (default: etc/flyball/flyball.toml under the root, if there is one)")
      ->type_name("FILE");
}

std::string option_file(const CLI::App& app, const Words& words) {
  if (command_of(app, words) == nullptr || asks_for_help(words)) return {};
  if (const auto named = value_of(words, kConfig)) return *named;
  const fs::path usual = fs::path(value_of(words, kRoot).value_or("/")) / kUsualFile;
  std::error_code error;  // what cannot be looked at (another user's mount) has no file
  return fs::exists(fs::symlink_status(usual, error)) ? usual.string() : std::string();
}

std::vector<OptionEntry> option_entries(CLI::App& app, const Words& words) {
  const std::string file = option_file(app, words);
  if (file.empty()) return {};
  CLI::App& command = *app.get_subcommand(command_of(app, words)->get_name());
  const TomlTable table = read_trusted(file);
  for (const char* other : {"run", "shadow", "explore"}) table.skip(other);
  std::vector<OptionEntry> entries;
  read_options(app, table, words, entries);
  if (const auto of_command = table.optional_table(command.get_name())) {
    read_options(command, *of_command, words, entries);
  }
  table.reject_unknown();
  return entries;
}

Words with_entries(Words words, const std::vector<OptionEntry>& entries) {
  for (const OptionEntry& entry : entries) {
    if (!entry.word.empty()) words.push_back(entry.word);
  }
  return words;
}

std::string changed_entry(const std::vector<OptionEntry>& former,
                          const std::vector<OptionEntry>& next, const Words& may_change) {
  const auto find = [](const std::vector<OptionEntry>& entries, const OptionEntry& entry) {
    return std::ranges::find_if(entries, [&](const OptionEntry& each) {
             return each.option == entry.option && each.word == entry.word;
           }) != entries.end();
  };
  const auto is_kept = [&](const OptionEntry& entry) {
    return std::ranges::find(may_change, entry.option) != may_change.end() || entry.word.empty();
  };
  for (const OptionEntry& entry : next) {
    if (!is_kept(entry) && !find(former, entry)) return entry.where;
  }
  for (const OptionEntry& entry : former) {
    if (!is_kept(entry) && !find(next, entry)) return entry.where + " (no longer there)";
  }
  return {};
}

std::string option_file_template(const CLI::App& app, const OptionValues& preset) {
  std::string text = fmt::format(
      "# Options of {0}, by their long names; the command line counts more.\n"
      "# `{0} reload` has this file read again.\n",
      app.get_name());
  for (const CLI::Option* option : shown_options(app)) text += template_lines(*option, "", preset);
  for (const CLI::App* command : shown_commands(app)) {
    if (command->get_option_no_throw(kConfig) == nullptr) continue;
    text += fmt::format("\n[{}]\n", command->get_name());
    for (const CLI::Option* option : shown_options(*command)) {
      if (!may_stand_in_file(*option)) continue;
      text += template_lines(*option, command->get_name(), preset);
    }
  }
  return text;
}

}  // namespace flyball
