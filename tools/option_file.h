// Options of a command line that stand in a TOML file, by their long names:
//
//   configs = "/usr/share/flyball/configs"     an option of the program
//   [run]                                      a command
//   policy = "policy.flyball"                  --policy; a path counts from the file's folder
//   miss_limit = 0.01                          --miss-limit
//   no_guard = true                            a flag
//
// The options of the command line are the only list of keys: what an option allows, the file may
// say. Each value becomes a word behind those of the command line, unless it is named there: the
// command line counts more. As the daemon obeys the file, it is taken only under the rules of
// policies/trusted_file.h.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

namespace flyball {

using Words = std::vector<std::string>;

struct OptionEntry {
  std::string option;  // "--miss-limit"
  std::string word;    // "--miss-limit=0.01"; empty: a flag that is not set
  std::string where;   // "FILE:LINE:COL: run.miss_limit"
};

// A command line without the program's name, and what a file adds to it.
struct GivenOptions {
  Words words;
  std::vector<OptionEntry> entries;
};

// --config FILE: gives the command a file. Without it, etc/flyball/flyball.toml under --root, where
// that exists.
void add_config_option(CLI::App& command);

// The file that the words mean; empty: none.
std::string option_file(const CLI::App& app, const Words& words);

// What the file says of the words' command that they do not say themselves. Checks every value by
// its option. Empty where the command has no --config or asks for help. Throws ConfigError, with
// file, line, column and key, and DataError where the file is not to be trusted. Options of `app`
// may hold values afterwards, until it parses.
std::vector<OptionEntry> option_entries(CLI::App& app, const Words& words);

// The words with the entries behind them.
Words with_entries(Words words, const std::vector<OptionEntry>& entries);

// Of two readings: the first entry, by its place, that differs and whose option is none of
// `may_change` ("--eta"). Empty: none does.
std::string changed_entry(const std::vector<OptionEntry>& former,
                          const std::vector<OptionEntry>& next, const Words& may_change);

// A file to begin from: every key with its sentence, commented out but for those of `preset`, which
// are texts ("run.policy", "configs").
using OptionValues = std::map<std::string, std::string>;
std::string option_file_template(const CLI::App& app, const OptionValues& preset);

}  // namespace flyball
