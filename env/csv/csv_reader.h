// The project's one reader of CSV files that users bring: requests, board logs, sweeps, traces.
// Commas, semicolons, tabs, bars or single spaces; RFC 4180 quotes (also over several lines); LF or
// CRLF; a byte order mark; a decimal comma beside semicolons or tabs; lines that begin with '#' are
// comments. The first row names the columns. Not thread-safe. (The telemetry log has a format and a
// reader of its own.)
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "env/csv/csv_header.h"
#include "env/csv/csv_scanner.h"

namespace flyball {

// Reads row by row; the file's text is held in memory. Errors are LogError, FILE:LINE:COLUMN.
class CsvReader {
 public:
  // Reads the header. Throws std::system_error when the file cannot be read, LogError when it is
  // empty, no text (binary, UTF-16), or begins with numbers instead of the columns' names.
  explicit CsvReader(const std::string& path);
  // The same of a text that came from `path`.
  CsvReader(const std::string& path, std::string text);
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  const CsvHeader& header() const { return header_; }

  // Fills `row` with as many cells as there are columns; false at the end of the file. Throws
  // LogError for another number of cells (empty ones at the end are dropped, and a last line that
  // was cut is left out: see cut_line()).
  bool next(CsvRow& row);
  // The line in which the file ends too early; known once next() returned false.
  std::optional<std::size_t> cut_line() const { return cut_line_; }

 private:
  bool scan(CsvRow& row);

  std::string text_;
  CsvHeader header_;
  std::optional<CsvScanner> scanner_;
  std::optional<std::size_t> cut_line_;
};

struct CsvFile : CsvHeader {
  std::vector<CsvRow> rows;
  std::optional<std::size_t> cut_line;  // in which the file ends too early; not among the rows
};

// All rows of a text that came from `path`. Throws what CsvReader throws.
CsvFile parse_csv_file(const std::string& path, std::string text);

// The same, of which nothing may be missing: throws LogError, too, for a column named twice, a file
// without rows and a last line that was cut.
CsvFile whole_csv_file(const std::string& path, std::string text);
CsvFile read_csv_file(const std::string& path);

}  // namespace flyball
