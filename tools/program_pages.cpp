#include "tools/program_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <sstream>
#include <vector>

#include "tools/console.h"
#include "tools/help_formatter.h"
#include "tools/option_kinds.h"

namespace flyball {

namespace {

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// Text that means nothing to man(7).
std::string roff(const std::string& text) {
  std::string plain = replaced(replaced(text, "\\", "\\e"), "-", "\\-");
  plain = replaced(plain, "\n.", "\n\\&.");
  plain = replaced(plain, "\n'", "\n\\&'");
  return plain.starts_with('.') || plain.starts_with('\'') ? "\\&" + plain : plain;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

// A command's footer without the exit codes, which have a section of their own.
std::string footer_of(const CLI::App& app) {
  std::string footer = app.get_footer();
  if (footer.ends_with(kExitCodes)) footer.erase(footer.size() - std::string(kExitCodes).size());
  while (footer.ends_with('\n')) footer.pop_back();
  return footer;
}

// "--root DIR", or the name of a positional one.
std::string option_head(const CLI::Option& option) {
  const std::string name = option.nonpositional() ? "--" + long_name(option) : option.get_name();
  std::string head = fmt::format("\\fB{}\\fR", roff(name));
  if (option.nonpositional() && takes(option) != OptionTakes::kNothing) {
    head += fmt::format(" \\fI{}\\fR", roff(value_name(option)));
  }
  return head;
}

std::string option_list(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* option : shown_options(app)) {
    const char* required = option->get_required() ? " (required)" : "";
    text += fmt::format(".TP\n{}\n{}{}\n", option_head(*option), roff(option_sentence(*option)),
                        required);
  }
  return text;
}

std::string command_part(const CLI::App& app, const CLI::App& command) {
  std::string text = fmt::format(".SS {} {}\n{}.\n", app.get_name(), command.get_name(),
                                 roff(command.get_description()));
  text += option_list(command);
  const std::string footer = footer_of(command);
  if (!footer.empty()) text += fmt::format(".PP\n.nf\n{}\n.fi\n", roff(footer));
  return text;
}

// The program's description without its name in front, and the first sentence of it.
std::string description_of(const CLI::App& app) {
  const std::string text = replaced(app.get_description(), "\n", " ");
  const std::size_t colon = text.find(": ");
  return colon == std::string::npos ? text : text.substr(colon + 2);
}
std::string summary_of(const CLI::App& app) {
  const std::string text = description_of(app);
  return text.substr(0, std::min(text.find(". "), text.find_last_not_of('.') + 1));
}

// Between single quotes of a shell.
std::string quoted(const std::string& text) { return "'" + replaced(text, "'", "'\\''") + "'"; }

// "--policy --root ...", and for the program itself its commands.
std::string bash_words(const CLI::App& app) {
  std::string words;
  for (const CLI::App* command : shown_commands(app)) words += command->get_name() + " ";
  for (const CLI::Option* option : shown_options(app)) {
    if (!long_name(*option).empty()) words += "--" + long_name(*option) + " ";
  }
  return words + "--help";
}

// What follows an option: `pattern` is of "command:option".
std::string bash_value(const std::string& pattern, const CLI::Option& option) {
  const std::vector<std::string> words = choices(option);
  std::string action;
  if (!words.empty()) {
    action = fmt::format("mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$current\")",
                         fmt::join(words, " "));
  } else if (takes(option) == OptionTakes::kFile || takes(option) == OptionTakes::kFolder) {
    action = fmt::format(
        "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -{} -- "
        "\"$current\")",
        takes(option) == OptionTakes::kFile ? "f" : "d");
  } else if (takes(option) == OptionTakes::kText) {
    action = ":";
  } else {
    return {};
  }
  return fmt::format("    {}) {}; return ;;\n", pattern, action);
}

std::string bash_values(const CLI::App& app, const std::string& command) {
  std::string text;
  for (const CLI::Option* option : shown_options(app)) {
    if (option->nonpositional()) {
      text += bash_value(fmt::format("{}:--{}", command, long_name(*option)), *option);
    }
  }
  return text;
}

bool has_positional(const CLI::App& app) {
  return std::ranges::any_of(shown_options(app),
                             [](const CLI::Option* option) { return !option->nonpositional(); });
}

// '--root[What it is]:DIR:_files -/'
std::string zsh_option(const CLI::Option& option) {
  std::string sentence = option_sentence(option);
  for (const char* mark : {"\\", "[", "]", ":"})
    sentence = replaced(sentence, mark, std::string("\\") + mark);
  const std::string name = replaced(value_name(option), ":", "\\:");
  const std::vector<std::string> words = choices(option);
  std::string action = takes(option) == OptionTakes::kFile     ? "_files"
                       : takes(option) == OptionTakes::kFolder ? "_files -/"
                                                               : " ";
  if (!words.empty()) action = fmt::format("({})", fmt::join(words, " "));
  if (!option.nonpositional()) return quoted(fmt::format("*:{}:_files", option.get_name()));
  const std::string value =
      takes(option) == OptionTakes::kNothing ? "" : fmt::format(":{}:{}", name, action);
  return quoted(fmt::format("--{}[{}]{}", long_name(option), sentence, value));
}

std::string zsh_arguments(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* option : shown_options(app))
    text += " \\\n        " + zsh_option(*option);
  return text + " \\\n        '--help[Print this help message and exit]'";
}

}  // namespace

std::string manual_page(const CLI::App& app, const ManualPage& page) {
  std::string text =
      fmt::format(".TH {} {} \"\" \"{}\" \"Flyball\"\n.SH NAME\n{} \\- {}\n", upper(app.get_name()),
                  page.section, page.version, app.get_name(), roff(summary_of(app)));
  text += fmt::format(".SH SYNOPSIS\n.B {}\n\\fICOMMAND\\fR [\\fIOPTION\\fR]...\n", app.get_name());
  text += fmt::format(".SH DESCRIPTION\n{}\n", roff(replaced(app.get_description(), "\n", " ")));
  text += ".SH OPTIONS\n" + option_list(app) +
          ".TP\n\\fB\\-\\-version\\fR\nThe version, and the commit that it was built of\n"
          ".TP\n\\fB\\-\\-help\\fR\nHelp of the program, or of a command\n";
  text += ".SH COMMANDS\n";
  for (const CLI::App* command : shown_commands(app)) text += command_part(app, *command);
  text += fmt::format(".SH EXAMPLES\n.nf\n{}\n.fi\n", roff(footer_of(app)));
  text += fmt::format(".SH EXIT STATUS\n{}\n", roff(kExitCodes));
  return text + fmt::format(".SH SEE ALSO\n{}\n", roff(page.see_also));
}

std::string bash_completion(const CLI::App& app) {
  const std::string name = app.get_name();
  std::string values = bash_values(app, "*");
  std::string words = fmt::format("    '') words='{} --version' ;;\n", bash_words(app));
  std::vector<std::string> commands;
  for (const CLI::App* command : shown_commands(app)) {
    commands.push_back(command->get_name());
    values += bash_values(*command, command->get_name());
    words += fmt::format("    {}) words='{}'{} ;;\n", command->get_name(), bash_words(*command),
                         has_positional(*command) ? " files=yes" : "");
  }
  return fmt::format(R"(# Completion of {0} for bash; made by `{0} completion bash`.
_{0}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
  local word words command= files=
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $word in
    {1}) command=$word; break ;;
    esac
  done
  COMPREPLY=()
  case $command:$previous in
{2}  esac
  case $command in
{3}  esac
  if [ -n "$files" ] && [[ $current != -* ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -F _{0} {0}
)",
                     name, fmt::join(commands, " | "), values, words);
}

std::string zsh_completion(const CLI::App& app) {
  const std::string name = app.get_name();
  std::string commands;
  std::string cases;
  for (const CLI::App* command : shown_commands(app)) {
    const std::string about = replaced(command->get_description(), ":", "\\:");
    commands += "    " + quoted(command->get_name() + ":" + about) + "\n";
    cases +=
        fmt::format("      {}) _arguments{} ;;\n", command->get_name(), zsh_arguments(*command));
  }
  return fmt::format(R"(#compdef {0}
# Completion of {0} for zsh; made by `{0} completion zsh`.
_{0}() {{
  local context state state_descr line
  typeset -A opt_args
  local -a commands=(
{1}  )
  _arguments -C{2} \
        '--version[Print the version and exit]' \
        '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
{3}      esac ;;
  esac
}}
_{0} "$@"
)",
                     name, commands, zsh_arguments(app), cases);
}

void add_page_commands(CLI::App& app, const ManualPage& page) {
  CLI::App* man = app.add_subcommand("man", "Print the manual page")->group("");
  man->callback([&app, page] { write_report(manual_page(app, page)); });
  CLI::App* completion =
      app.add_subcommand("completion", "Print what a shell completes")->group("");
  auto shell = std::make_shared<std::string>();
  completion->add_option("SHELL", *shell, "Which one")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
  completion->callback([&app, shell] {
    write_report(*shell == "bash" ? bash_completion(app) : zsh_completion(app));
  });
}

}  // namespace flyball
