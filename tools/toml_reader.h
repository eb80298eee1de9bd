// Typed reading of TOML with errors that say where and what:
//   FILE:LINE:COL: key.path: what is wrong (allowed ...)
// Every error is a ConfigError. The only door to toml++, with toml_layers.h beside it: a file may
// extend another, and values may be set on the command line ("--set KEY=VALUE: ..." is then where).
//
//   const TomlTable file = TomlTable::parse_file("nano-4gb.toml");
//   board.id = file.table("board").required<std::string>("id");
//   file.reject_unknown();
//
// A TomlTable is a cheap handle on a shared document; copies see the same table. Not thread-safe:
// it notes every key that was asked for, and reject_unknown() complains about the others.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace flyball {

class TomlTable {
 public:
  // Throws ConfigError when the file cannot be read, is not TOML or exceeds tools/toml_limits.h.
  // `assignments`: "KEY=VALUE", set before anything is read.
  static TomlTable parse_file(const std::filesystem::path& path,
                              const std::vector<std::string>& assignments = {});
  // `file_name` is what errors name.
  static TomlTable parse_text(std::string_view text, const std::string& file_name,
                              const std::vector<std::string>& assignments = {});

  // T: bool, int, std::int64_t, std::uint32_t, std::uint64_t (also std::size_t), double (finite),
  // std::string, and vectors of int, std::uint64_t, double, std::string. A whole number will do
  // where a double is wanted; no other conversion is made.
  template <typename T>
  T required(std::string_view key) const;
  template <typename T>
  std::optional<T> optional(std::string_view key) const;
  // Overwrites `field` where the key is present: defaults stay in the struct.
  template <typename T>
  void read(std::string_view key, T& field) const {
    if (std::optional<T> value = optional<T>(key)) field = std::move(*value);
  }
  // A string that must be one of `allowed`.
  std::string choice(std::string_view key, std::initializer_list<std::string_view> allowed) const;

  // The value as a word of a command line: a string itself, true or false, a number, an array of
  // such with commas between. Throws where it is none of these, or absent.
  std::string word(std::string_view key) const;

  TomlTable table(std::string_view key) const;  // [key]
  std::optional<TomlTable> optional_table(std::string_view key) const;
  TomlTable table_or_empty(std::string_view key) const;
  std::vector<TomlTable> tables(std::string_view key) const;  // [[key]], none when absent

  bool contains(std::string_view key) const;
  void skip(std::string_view key) const;  // known, but not for this reader: never complained of
  std::vector<std::string> keys() const;  // in the order of the alphabet
  // Of the file that says what `key` is (what it extends is another one).
  std::filesystem::path folder(std::string_view key) const;
  // The document as it was written, or with what it extends and what was set.
  const std::string& text() const;
  // The assignments that lead through `key` into the file that it names ("board.thermal..."),
  // without the key. Those that nobody takes are refused by reject_unknown().
  std::vector<std::string> take_assignments(std::string_view key) const;

  // Throws ConfigError at the key's value, or at the table where the key is absent.
  [[noreturn]] void fail(std::string_view key, const std::string& message) const;
  // For validate() functions, whose messages begin with the key path at fault
  // ("gpu.frequencies_hz[3]: ..."), counted from this table: adds file, line and column.
  // `own_name`: what the function calls this table itself, not a part of the path.
  [[noreturn]] void fail(const std::invalid_argument& error, std::string_view own_name = {}) const;
  // Runs `check`, which may throw such an error.
  template <typename Check>
  auto checked(const Check& check, std::string_view own_name = {}) const {
    try {
      return check();
    } catch (const std::invalid_argument& error) {
      fail(error, own_name);
    }
  }
  // Throws ConfigError at the first key, here or in a table that was asked for, that nobody asked
  // for, and suggests the nearest one that exists.
  void reject_unknown() const;

 private:
  struct Document;
  struct Node;
  TomlTable(std::shared_ptr<Document> document, Node* node);

  std::shared_ptr<Document> document_;  // shared: handles to parts may outlive the first one
  Node* node_;                          // owned by the document
};

}  // namespace flyball
