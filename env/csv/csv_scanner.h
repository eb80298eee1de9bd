// Cuts a CSV text into rows: RFC 4180 quotes, LF or CRLF ends. Private to env/csv.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "env/csv/csv_row.h"

namespace flyball {

struct CsvFault {
  CsvRow::Position position;
  std::string message;
};

// Empty lines and lines that begin with '#' are skipped. Linear in the length of the text, which
// must outlive the scanner. Moves forward only. Not thread-safe; nothing throws: faults are told.
class CsvScanner {
 public:
  CsvScanner(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

  // Fills `row`, reusing its storage; false at the end of the text and at a fault.
  bool next(CsvRow& row);
  const std::optional<CsvFault>& fault() const { return fault_; }

 private:
  CsvRow::Position here() const { return {line_, at_ - line_begin_ + 1}; }
  bool at_line_end() const { return at_ >= text_.size() || text_[at_] == '\n'; }
  void skip_spaces();
  void end_line();
  bool skip_to_row();
  bool read_cell(std::string& cell, CsvRow::Position& position);
  bool read_quoted(std::string& cell);
  void read_plain(std::string& cell);
  bool fail(CsvRow::Position position, std::string message);

  std::string_view text_;
  char delimiter_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t line_begin_ = 0;
  std::optional<CsvFault> fault_;
};

}  // namespace flyball
