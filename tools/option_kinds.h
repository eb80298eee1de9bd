// What an option of a command line takes, as its value's name says ("DIR", "P.flyball"): for
// everything that is made of a program's options, like its help, its completion and its file. Pure.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace flyball {

enum class OptionTakes : std::uint8_t { kNothing, kFile, kFolder, kText };

// "SECONDS" of "SECONDS:0 to 5"; the library's "FLOAT" is "NUMBER". "" for a flag.
std::string value_name(const CLI::Option& option);
OptionTakes takes(const CLI::Option& option);
// The only words that it allows; empty: others, too.
std::vector<std::string> choices(const CLI::Option& option);
// "latency-limit", without dashes; empty for a positional one.
std::string long_name(const CLI::Option& option);
// What it means, with default and range in brackets, in one line.
std::string option_sentence(const CLI::Option& option);

// Those that --help shows; options without --help and --version themselves.
std::vector<const CLI::Option*> shown_options(const CLI::App& app);
std::vector<const CLI::App*> shown_commands(const CLI::App& app);

}  // namespace flyball
