// A table of a report as text for a terminal, as Markdown and as CSV. Values and pure functions.
#pragma once

#include <string>
#include <vector>

namespace flyball {

struct ReportTable {
  std::string caption;
  std::vector<std::string> header;             // the first column names the row
  std::vector<std::vector<std::string>> rows;  // as many cells as the header
  std::vector<std::string> notes;              // a line each, under it
};

// Columns aligned, the first to the left. A name that is longer than kNameWidth has a line of its
// own, so that one of them does not widen the table.
inline constexpr std::size_t kNameWidth = 20;
std::string to_text(const ReportTable& table);

// The caption as a paragraph, the table, the notes as a list.
std::string to_markdown(const ReportTable& table);

// A line of CSV (RFC 4180): cells with a comma, a quote or a line's end are quoted.
std::string csv_line(const std::vector<std::string>& cells);

}  // namespace flyball
