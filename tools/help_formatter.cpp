#include "tools/help_formatter.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <sstream>
#include <utility>

namespace flyball {

namespace {

constexpr std::size_t kIndent = 30;
constexpr std::size_t kWidth = 70;  // of a description, so that a line has 100

// The library's names for what is a number or a text.
const std::map<std::string, std::string> kTypes = {
    {"FLOAT", "NUMBER"}, {"UINT", "N"}, {"INT", "N"}, {"ENUM", "NAME"}};

std::string wrapped(const std::string& text) {
  std::istringstream words(text);
  std::string result;
  std::size_t width = 0;
  for (std::string word; words >> word;) {
    const bool is_new_line = width > 0 && width + 1 + word.size() > kWidth;
    if (width > 0) result += is_new_line ? '\n' : ' ';
    width = is_new_line || width == 0 ? word.size() : width + 1 + word.size();
    result += word;
  }
  return result;
}

// "NUMBER:0 to 1" is a value's name and what its checks allow; "ROLE=NAME[:UNIT]" is a name alone.
std::pair<std::string, std::string> type_and_range(const CLI::Option& option) {
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

class PlainFormatter final : public CLI::Formatter {
 public:
  PlainFormatter() { column_width(kIndent); }

  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    std::string name = CLI::Formatter::make_option_name(option, is_positional);
    return name.substr(0, name.find('{'));  // a flag's value is nobody's concern
  }

  std::string make_option_opts(const CLI::Option* option) const override {
    if (!option->get_option_text().empty()) return " " + option->get_option_text();
    if (option->get_type_size() == 0) return "";
    const std::string type = type_and_range(*option).first;
    const auto plain = kTypes.find(type);
    std::string text = " " + (plain == kTypes.end() ? type : plain->second);
    if (option->get_expected_max() == CLI::detail::expected_max_vector_size) text += " ...";
    return option->get_required() ? text + " (required)" : text;
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    std::string text = option->get_description();
    if (option->get_type_size() != 0 && option->get_option_text().empty()) {
      const std::string range = listed(type_and_range(*option).second);
      const std::string standard = listed(option->get_default_str());
      if (!standard.empty()) text = with_remark(std::move(text), "default " + standard);
      if (!range.empty()) text = with_remark(std::move(text), range);
    }
    return wrapped(text);
  }

  std::string make_subcommand(const CLI::App* command) const override {
    std::ostringstream out;
    CLI::detail::format_help(out, command->get_name(), wrapped(command->get_description()),
                             kIndent);
    return out.str();
  }
};

}  // namespace

void use_plain_help(CLI::App& app) { app.formatter(std::make_shared<PlainFormatter>()); }

void add_exit_codes(CLI::App& app, const std::string& text) {
  std::vector<CLI::App*> all = app.get_subcommands({});
  all.push_back(&app);
  for (CLI::App* command : all) {
    const std::string footer = command->get_footer();
    command->footer(footer + (footer.empty() ? "" : "\n\n") + text);
  }
}

}  // namespace flyball
