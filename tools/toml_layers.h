// What lies under and over a TOML file: the file that it extends, and values set on the command
// line. Internal to toml_reader.cpp, with which it is the only door to toml++.
//
//   extends = "base.toml"      counted from the file's folder
//   --set learner.gamma=0.9    the key's path; entries of [[tables]] by number, simulate[0].explore
//
// Where both say something, tables are merged key by key, arrays of tables entry by entry, and for
// everything else the upper one counts. Every node keeps the place where it was written.
#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace flyball {

// Throws ConfigError at `source`: "FILE:LINE:COL: message", or "--set KEY=VALUE: message"; `file`
// where the node does not know where it was written.
[[noreturn]] void fail_at(const toml::source_region& source, const std::filesystem::path& file,
                          const std::string& message);

// "the string \"two\"", "an array".
std::string describe(const toml::node& node);

// Throws ConfigError when it is not TOML.
toml::table parse_toml(std::string_view text, const std::string& name);

// `table`, read from `file`, with what it extends merged in and "extends" gone; false where it
// extends nothing. Throws ConfigError, also where files extend one another in a circle.
bool merge_bases(toml::table& table, const std::filesystem::path& file);

// Throws ConfigError when the file cannot be read.
std::string read_toml_text(const std::filesystem::path& file);

// A key of another file: `key` is a string here, and the assignment leads on from it.
struct InnerAssignment {
  std::string key;         // "board"
  std::string assignment;  // "thermal_model.poll_seconds=2"
};

// Sets what `assignment`, "KEY=VALUE", says; VALUE is TOML, or else the text itself. Tables on the
// way are made. Throws ConfigError.
std::optional<InnerAssignment> assign(toml::table& table, const std::string& assignment);

}  // namespace flyball
