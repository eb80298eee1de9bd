#include "tools/config/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>

#include "tools/exit_codes.h"
#include "tools/nearest_name.h"

namespace flyball {

namespace {

class CsvReader {
 public:
  CsvReader(const std::filesystem::path& path, const std::vector<std::string>& required,
            const std::vector<std::string>& optional)
      : path_(path), stream_(path), wanted_(required), required_(required.size()) {
    wanted_.insert(wanted_.end(), optional.begin(), optional.end());
    if (!stream_) throw InputError(fmt::format("{}: cannot be read", path.string()));
  }

  std::vector<CsvRow> read() {
    if (!next_line()) fail(fmt::format("empty; expected the header {}", join_names(wanted_)));
    read_header();
    std::vector<CsvRow> rows;
    while (next_line()) rows.push_back(read_row());
    return rows;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw InputError(fmt::format("{}:{}: {}", path_.string(), line_, message));
  }

  // Splits the next line that is neither empty nor a comment into cells_.
  bool next_line() {
    std::string text;
    while (std::getline(stream_, text)) {
      ++line_;
      if (!text.empty() && text.back() == '\r') text.pop_back();
      if (text.empty() || text.front() == '#') continue;
      cells_.clear();
      std::size_t begin = 0;
      for (std::size_t comma; (comma = text.find(',', begin)) != std::string::npos;) {
        cells_.push_back(text.substr(begin, comma - begin));
        begin = comma + 1;
      }
      cells_.push_back(text.substr(begin));
      return true;
    }
    return false;
  }

  void read_header() {
    for (const std::string& name : cells_) {
      const auto found = std::find(wanted_.begin(), wanted_.end(), name);
      if (found == wanted_.end()) {
        fail(fmt::format("unknown column \"{}\" (allowed: {})", name, join_names(wanted_)));
      }
      columns_.push_back(static_cast<std::size_t>(found - wanted_.begin()));
    }
    for (std::size_t i = 0; i < required_; ++i) {
      if (std::find(columns_.begin(), columns_.end(), i) == columns_.end()) {
        fail(fmt::format("no column \"{}\"", wanted_[i]));
      }
    }
  }

  CsvRow read_row() const {
    if (cells_.size() != columns_.size()) {
      fail(fmt::format("{} cells, the header has {}", cells_.size(), columns_.size()));
    }
    CsvRow row;
    row.line = line_;
    row.numbers.resize(wanted_.size());
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      row.numbers[columns_[i]] = number(cells_[i], columns_[i]);
    }
    return row;
  }

  std::optional<double> number(const std::string& cell, std::size_t column) const {
    if (cell.empty() && column >= required_) return std::nullopt;
    double value = 0.0;
    const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != cell.data() + cell.size() ||
        !std::isfinite(value)) {
      fail(fmt::format("{}: \"{}\" is not a number", wanted_[column], cell));
    }
    return value;
  }

  const std::filesystem::path& path_;
  std::ifstream stream_;
  std::vector<std::string> wanted_;
  std::size_t required_;
  std::size_t line_ = 0;
  std::vector<std::string> cells_;
  std::vector<std::size_t> columns_;  // of the file, as indices into wanted_
};

}  // namespace

std::vector<CsvRow> read_csv(const std::filesystem::path& path,
                             const std::vector<std::string>& required,
                             const std::vector<std::string>& optional) {
  return CsvReader(path, required, optional).read();
}

}  // namespace flyball
