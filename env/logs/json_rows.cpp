#include "env/logs/json_rows.h"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "env/logs/log_error.h"

namespace flyball {

namespace {

constexpr std::size_t kDeepest = 64;
constexpr std::size_t kMostColumns = 1024;  // every row has a cell for each

class JsonScanner {
 public:
  JsonScanner(const std::string& path, std::string_view text) : path_(path), text_(text) {
    file_.file = path;
  }

  CsvFile read() {
    while (skip_to_object()) {
      if (!is_whole()) {
        file_.cut_line = line_;
        break;
      }
      read_object();
    }
    for (CsvRow& row : file_.rows) {
      row.cells.resize(file_.columns.size());
      row.positions.resize(file_.columns.size(), {row.line, 1});
    }
    return std::move(file_);
  }

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    throw LogError(path_, line_, at_ - line_begin_ + 1, "JSON: expected " + expected);
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void step() {
    if (peek() == '\n') {
      ++line_;
      line_begin_ = at_ + 1;
    }
    ++at_;
  }
  void skip_spaces() {
    while (at_ < text_.size() &&
           (peek() == ' ' || peek() == '\t' || peek() == '\r' || peek() == '\n'))
      step();
  }
  // Past what stands between objects.
  bool skip_to_object() {
    while (skip_spaces(), peek() == '[' || peek() == ']' || peek() == ',') step();
    if (at_ >= text_.size()) return false;
    if (peek() != '{') fail("'{'");
    return true;
  }
  // The file's last object may have been cut.
  bool is_whole() const {
    return file_.rows.empty() || text_.find('}', at_) != std::string_view::npos;
  }

  void read_object() {
    CsvRow& row = file_.rows.emplace_back();
    row.line = line_;
    step();
    skip_spaces();
    while (peek() != '}') {
      const std::string key = read_text();
      skip_spaces();
      if (peek() != ':') fail("':'");
      step();
      skip_spaces();
      const CsvRow::Position position{line_, at_ - line_begin_ + 1};
      set(row, key, position, read_value());
      skip_spaces();
      if (peek() == ',') {
        step();
        skip_spaces();
      } else if (peek() != '}') {
        fail("',' or '}'");
      }
    }
    step();
  }

  void set(CsvRow& row, const std::string& key, CsvRow::Position position, std::string value) {
    const auto [column, is_new] = columns_.try_emplace(key, file_.columns.size());
    if (is_new) file_.columns.push_back(key);
    if (file_.columns.size() > kMostColumns) {
      fail(fmt::format("at most {} different names", kMostColumns));
    }
    if (row.cells.size() <= column->second) {
      row.cells.resize(column->second + 1);
      row.positions.resize(column->second + 1, {row.line, 1});
    }
    row.cells[column->second] = std::move(value);
    row.positions[column->second] = position;
  }

  std::string read_text() {
    if (peek() != '"') fail("a name in quotes");
    step();
    std::string text;
    while (at_ < text_.size() && peek() != '"') {
      if (peek() == '\\') step();  // \uXXXX stays as it is: no name or time needs it
      text += peek();
      step();
    }
    if (at_ >= text_.size()) fail("'\"'");
    step();
    return text;
  }

  std::string read_value() {
    if (peek() == '"') return read_text();
    if (peek() == '{' || peek() == '[') {
      skip_nested();
      return "";
    }
    std::string word;
    for (; at_ < text_.size() &&
           std::string_view(",}] \t\r\n").find(peek()) == std::string_view::npos;
         step()) {
      word += peek();
    }
    if (word.empty()) fail("a value");
    return word == "null" ? "" : word;
  }

  void skip_nested() {
    std::size_t depth = 0;
    do {
      if (at_ >= text_.size()) fail("the end of a nested value");
      const char c = peek();
      if (c == '"') {
        read_text();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      if (depth > kDeepest) fail(fmt::format("at most {} nested values", kDeepest));
      step();
    } while (depth > 0);
  }

  const std::string& path_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t line_begin_ = 0;
  std::unordered_map<std::string, std::size_t> columns_;
  CsvFile file_;
};

}  // namespace

bool is_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  if (text[first] == '{') return true;
  if (text[first] != '[') return false;
  const auto second = text.find_first_not_of(" \t\r\n", first + 1);
  return second != std::string_view::npos && (text[second] == '{' || text[second] == ']');
}

CsvFile read_json_rows(const std::string& path, std::string_view text) {
  return JsonScanner(path, text).read();
}

}  // namespace flyball
