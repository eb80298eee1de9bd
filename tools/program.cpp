#include "tools/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "env/errors.h"
#include "env/nearest_name.h"
#include "tools/console.h"

namespace flyball {

namespace {

// Of those that the help shows.
std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

// CLI11 speaks of unexpected arguments; a mistyped command deserves better.
void reject_unknown_command(const CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty() || words.front().starts_with('-')) return;
  const std::string& given = words.front();
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == given) return;
  }
  const std::vector<std::string> names = command_names(app);
  const std::string meant = did_you_mean(given, names);
  throw UsageError(meant.empty() ? unknown_name("command", given, names)
                                 : fmt::format("no command \"{}\"{}", given, meant));
}

// "help evaluate" is "evaluate --help", and "help" alone the program's own.
std::vector<std::string> with_help_command(std::vector<std::string> words) {
  if (words.empty() || words.front() != "help") return words;
  words.erase(words.begin());
  words.push_back("--help");
  return words;
}

void add_option_names(const CLI::App& app, std::vector<std::string>& names) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
}

// The library says only that an argument was not expected; a mistyped option deserves better.
std::string text_of_extras(const CLI::App& app, const CLI::ExtrasError& error) {
  std::vector<std::string> names;
  add_option_names(app, names);
  for (const CLI::App* command : app.get_subcommands()) add_option_names(*command, names);
  for (const std::string& word : app.remaining(true)) {
    if (!word.starts_with("--")) continue;
    const std::string given = word.substr(0, word.find('='));
    return fmt::format("no option \"{}\"{}", given, did_you_mean(given, names));
  }
  return error.what();
}

// An empty value is most often a script's unset variable; without this it would mean "not given".
void refuse_empty_values(CLI::App& app) {
  const CLI::Validator not_empty(
      [](const std::string& text) {
        return text.empty() ? std::string("must not be empty") : std::string();
      },
      "");
  for (CLI::Option* option : app.get_options()) {
    if (option->get_items_expected_max() > 0) option->check(not_empty);
  }
  for (CLI::App* command : app.get_subcommands({})) refuse_empty_values(*command);
}

// Runs the command line; errors come out as exceptions.
void run(CLI::App& app, int argc, char** argv, const PrepareWords& prepare) {
  std::vector<std::string> words = with_help_command({argv + std::min(argc, 1), argv + argc});
  reject_unknown_command(app, words);
  refuse_empty_values(app);
  if (prepare) words = prepare(std::move(words));
  parse_words(app, std::move(words));
}

int report(const CLI::App& app, int exit_code, const std::string& message) {
  const std::vector<CLI::App*> used = app.get_subcommands();
  const std::string command = used.empty() ? "" : " " + used.front()->get_name();
  remark("{}{}: {}\n", app.get_name(), command, message);
  return exit_code;
}

}  // namespace

void parse_words(CLI::App& app, std::vector<std::string> words) {
  std::ranges::reverse(words);  // as the library wants them
  app.parse(std::move(words));
}

void add_configs_option(CLI::App& app) {
  app.add_option_function<std::string>(
         "--configs",
         [](const std::string& folder) { setenv("FLYBALL_CONFIGS", folder.c_str(), 1); },
         "Folder with boards/, workloads/, ... (also: environment FLYBALL_CONFIGS)")
      ->type_name("DIR")
      ->trigger_on_parse();
}

namespace {

constexpr double kSmallest = 1e-9;
constexpr double kLargest = 1e9;

// `allowed` and `help`: the range as an error and as --help say it.
template <typename T, typename Holds>
CLI::Validator parsed(const std::string& allowed, const std::string& help, Holds holds) {
  return CLI::Validator(
      [allowed, holds](const std::string& text) {
        T value{};
        const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(begin, end, value);
        const bool inside = error == std::errc{} && stop == end && holds(value);
        return inside ? std::string() : fmt::format("\"{}\" is not {}", text, allowed);
      },
      help);
}

template <typename T>
CLI::Validator in_range(const char* kind, T low, T high, const std::string& help) {
  return parsed<T>(fmt::format("{} from {} to {}", kind, low, high), help,
                   // Written so that a NaN is outside, too.
                   [low, high](T value) { return value >= low && value <= high; });
}

// A range of which both ends are numbers that may be.
bool is_closed(const Range& range) {
  return range.has_low() && range.has_high() && !range.without_low && !range.without_high;
}

// Of a range that is not closed.
template <typename T>
CLI::Validator in_open_range(const char* kind, const Range& range) {
  return parsed<T>(range.unlimited() ? kind : fmt::format("{} {}", kind, range.text()),
                   range.unlimited() ? "" : range.text(),
                   [range](T value) { return range.holds(static_cast<double>(value)); });
}

}  // namespace

CLI::Validator number_in(double low, double high) {
  return in_range("a number", low, high, fmt::format("{} to {}", low, high));
}

CLI::Validator number_in(const Range& range) {
  if (is_closed(range)) return number_in(range.low, range.high);
  return in_open_range<double>(range.unlimited() ? "a finite number" : "a number", range);
}

CLI::Validator whole_in(std::int64_t low, std::int64_t high) {
  return in_range("a whole number", low, high, fmt::format("{} to {}", low, high));
}

CLI::Validator whole_in(const Range& range) {
  if (is_closed(range)) {
    return whole_in(static_cast<std::int64_t>(range.low), static_cast<std::int64_t>(range.high));
  }
  return in_open_range<std::int64_t>("a whole number", range);
}

CLI::Validator above_zero() { return in_range("a number", kSmallest, kLargest, ""); }

CLI::Validator seed_number() {
  return in_range("a whole number", std::int64_t{0}, std::numeric_limits<std::int64_t>::max(), "");
}

namespace {

int run_to_exit_code(CLI::App& app, CommandResult& result, int argc, char** argv,
                     const PrepareWords& prepare) {
  try {
    run(app, argc, argv, prepare);
    return result.exit_code;
  } catch (const CLI::Success& request) {  // --help, --version
    std::ostringstream text;
    const int code = app.exit(request, text, text);
    say("{}", text.str());
    return code;
  } catch (const CLI::ExtrasError& error) {
    return report(app, kExitUsage, text_of_extras(app, error) + " (see --help)");
  } catch (const CLI::ParseError& error) {
    return report(app, kExitUsage, fmt::format("{} (see --help)", error.what()));
  } catch (const CommandError& error) {
    return report(app, error.exit_code(), error.what());
  } catch (const Interrupted& error) {
    return report(app, kExitInterrupted, error.what());
  } catch (const std::system_error& error) {
    const bool nobody_reads = error.code() == std::errc::broken_pipe && stdout_reader_is_gone();
    return nobody_reads ? kExitReaderGone : report(app, kExitBadInput, error.what());
  } catch (const std::exception& error) {  // ConfigError, DataError and what else a file causes
    return report(app, kExitBadInput, error.what());
  }
}

}  // namespace

int run_program(CLI::App& app, CommandResult& result, int argc, char** argv,
                const PrepareWords& prepare) {
  const int code = run_to_exit_code(app, result, argc, argv, prepare);
  const std::optional<std::string> failure = stdout_failure();
  if (!failure) return code;
  if (stdout_reader_is_gone()) return code == kExitOk ? kExitReaderGone : code;
  report(app, code, "stdout: cannot be written: " + *failure);
  return code == kExitOk ? kExitBadInput : code;
}

}  // namespace flyball
