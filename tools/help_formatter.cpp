#include "tools/help_formatter.h"

#include <fmt/format.h>

#include <memory>
#include <sstream>

#include "tools/option_kinds.h"

namespace flyball {

namespace {

constexpr std::size_t kIndent = 30;
constexpr std::size_t kWidth = 70;  // of a description, so that a line has 100

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
    std::string text = " " + value_name(*option);
    if (option->get_expected_max() == CLI::detail::expected_max_vector_size) text += " ...";
    return option->get_required() ? text + " (required)" : text;
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    return wrapped(option_sentence(*option));
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
