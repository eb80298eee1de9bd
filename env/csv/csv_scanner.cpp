#include "env/csv/csv_scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace flyball {

namespace {

std::string name_of(char delimiter) {
  return delimiter == '\t' ? "a tab" : fmt::format("'{}'", delimiter);
}

}  // namespace

bool CsvScanner::fail(CsvRow::Position position, std::string message) {
  fault_ = CsvFault{position, std::move(message)};
  return false;
}

void CsvScanner::skip_spaces() {
  while (at_ < text_.size() && text_[at_] != delimiter_ &&
         (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r')) {
    ++at_;
  }
}

void CsvScanner::end_line() {
  if (at_ >= text_.size()) return;
  line_begin_ = ++at_;
  ++line_;
}

// To the next line with something in it; false at the end.
bool CsvScanner::skip_to_row() {
  while (at_ < text_.size()) {
    skip_spaces();
    if (!at_line_end() && text_[at_] != '#') return true;
    at_ = std::min(text_.find('\n', at_), text_.size());
    end_line();
  }
  return false;
}

bool CsvScanner::next(CsvRow& row) {
  if (fault_ || !skip_to_row()) return false;
  row.line = line_;
  std::size_t cells = 0;
  bool is_last = false;
  while (!is_last) {
    if (row.cells.size() == cells) row.cells.emplace_back();
    row.positions.resize(std::max(row.positions.size(), cells + 1));
    if (!read_cell(row.cells[cells], row.positions[cells])) return false;
    ++cells;
    is_last = at_line_end();
    if (!is_last) ++at_;  // the delimiter
  }
  row.cells.resize(cells);
  row.positions.resize(cells);
  row.has_end = at_ < text_.size();
  end_line();
  return true;
}

// Up to the delimiter or the line's end.
bool CsvScanner::read_cell(std::string& cell, CsvRow::Position& position) {
  cell.clear();
  skip_spaces();
  position = here();
  if (at_ >= text_.size() || text_[at_] != '"') {
    read_plain(cell);
    return true;
  }
  if (!read_quoted(cell)) return false;
  skip_spaces();
  if (at_line_end() || text_[at_] == delimiter_) return true;
  return fail(here(), fmt::format("expected {} after a quoted cell", name_of(delimiter_)));
}

bool CsvScanner::read_quoted(std::string& cell) {
  const CsvRow::Position begin = here();
  ++at_;
  while (at_ < text_.size()) {
    const char c = text_[at_++];
    if (c == '"') {
      if (at_ >= text_.size() || text_[at_] != '"') return true;
      ++at_;  // a doubled quote is one
    }
    cell += c;
    if (c != '\n') continue;
    ++line_;
    line_begin_ = at_;
  }
  return fail(begin, "a quoted cell has no end");
}

void CsvScanner::read_plain(std::string& cell) {
  const std::array<char, 2> ends = {delimiter_, '\n'};
  const std::size_t end =
      std::min(text_.find_first_of(std::string_view(ends.data(), ends.size()), at_), text_.size());
  cell = text_.substr(at_, end - at_);
  cell.erase(cell.find_last_not_of(" \t\r") + 1);
  at_ = end;
}

}  // namespace flyball
