#include "tools/option_kinds.h"

#include <map>
#include <sstream>
#include <utility>

namespace flyball {

namespace {

// The library's names for what is a number or a text.
const std::map<std::string, std::string> kPlainNames = {
    {"FLOAT", "NUMBER"}, {"UINT", "N"}, {"INT", "N"}, {"ENUM", "NAME"}};

// "NUMBER:0 to 1" is a value's name and what its checks allow; "ROLE=NAME[:UNIT]" is a name alone.
std::pair<std::string, std::string> name_and_range(const CLI::Option& option) {
  const std::string full = option.get_type_name();
  const std::size_t colon = full.rfind(':');
  if (colon == std::string::npos) return {full, ""};
  const std::size_t open = full.rfind('[', colon);
  const bool is_in_brackets = open != std::string::npos && full.find(']', open) > colon;
  if (is_in_brackets) return {full, ""};
  return {full.substr(0, colon), full.substr(colon + 1)};
}

// "{a,b}" as "a, b"; "[a,b]" as "a, b".
std::string listed(std::string text) {
  if (text.size() < 2 || (text.front() != '{' && text.front() != '[')) return text;
  text = text.substr(1, text.size() - 2);
  for (std::size_t at = 0; (at = text.find(',', at)) != std::string::npos; at += 2) {
    text.replace(at, 1, ", ");
  }
  return text;
}

// "How long (default 2; 0 to 9)": behind what says the default, in the same brackets.
std::string with_remark(std::string text, const std::string& remark) {
  const std::size_t open = text.rfind('(');
  const bool says_default = text.ends_with(')') && text.find("default", open) == open + 1;
  if (says_default) return text.substr(0, text.size() - 1) + "; " + remark + ")";
  return text + " (" + remark + ")";
}

}  // namespace

std::string value_name(const CLI::Option& option) {
  if (option.get_type_size() == 0) return {};
  const std::string name = name_and_range(option).first;
  const auto plain = kPlainNames.find(name);
  return plain == kPlainNames.end() ? name : plain->second;
}

OptionTakes takes(const CLI::Option& option) {
  const std::string name = value_name(option);
  if (name.empty()) return OptionTakes::kNothing;
  if (name == "DIR") return OptionTakes::kFolder;
  if (name == "FILE") return OptionTakes::kFile;
  for (const char* ending : {".csv", ".flyball", ".hdf5", ".toml", ".json"}) {
    if (name.ends_with(ending)) return OptionTakes::kFile;
  }
  return OptionTakes::kText;
}

std::vector<std::string> choices(const CLI::Option& option) {
  const std::string range = name_and_range(option).second;
  std::vector<std::string> words;
  if (!range.starts_with('{') || !range.ends_with('}')) return words;
  std::istringstream list(range.substr(1, range.size() - 2));
  for (std::string word; std::getline(list, word, ',');) words.push_back(word);
  return words;
}

std::string long_name(const CLI::Option& option) {
  return option.get_lnames().empty() ? std::string() : option.get_lnames().front();
}

std::string option_sentence(const CLI::Option& option) {
  std::string text = option.get_description();
  if (option.get_type_size() == 0 || !option.get_option_text().empty()) return text;
  const std::string range = listed(name_and_range(option).second);
  const std::string standard = listed(option.get_default_str());
  if (!standard.empty()) text = with_remark(std::move(text), "default " + standard);
  if (!range.empty()) text = with_remark(std::move(text), range);
  return text;
}

std::vector<const CLI::Option*> shown_options(const CLI::App& app) {
  std::vector<const CLI::Option*> shown;
  for (const CLI::Option* option : app.get_options()) {
    const bool is_of_parser = option == app.get_help_ptr() || option == app.get_help_all_ptr() ||
                              option == app.get_version_ptr();
    if (!is_of_parser && !option->get_group().empty()) shown.push_back(option);
  }
  return shown;
}

std::vector<const CLI::App*> shown_commands(const CLI::App& app) {
  std::vector<const CLI::App*> shown;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) shown.push_back(command);
  }
  return shown;
}

}  // namespace flyball
