#include "tools/reports/report_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace flyball {

namespace {

// Per column; the first one's is that of the names that fit.
std::vector<std::size_t> widths_of(const ReportTable& table) {
  std::vector<std::size_t> widths;
  for (const std::string& title : table.header) widths.push_back(title.size());
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c > 0 || row[c].size() <= kNameWidth) widths[c] = std::max(widths[c], row[c].size());
    }
  }
  return widths;
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line;
  const bool has_own_line = cells.front().size() > widths.front();
  if (has_own_line) line.append(cells.front()).append("\n");
  line += fmt::format("{:<{}}", has_own_line ? "" : cells.front(), widths.front());
  for (std::size_t c = 1; c < cells.size(); ++c)
    line += fmt::format(" {:>{}}", cells[c], widths[c]);
  return line + "\n";
}

// A bar would end the cell.
std::string markdown_cell(const std::string& text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell.push_back('\\');
    cell.push_back(c);
  }
  return cell;
}

std::string markdown_line(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line.append(" ").append(markdown_cell(cell)).append(" |");
  return line + "\n";
}

}  // namespace

std::string to_text(const ReportTable& table) {
  const std::vector<std::size_t> widths = widths_of(table);
  std::string text = line_of(table.header, widths);
  for (const auto& row : table.rows) text += line_of(row, widths);
  for (const std::string& note : table.notes) text.append(note).append("\n");
  return text;
}

std::string to_markdown(const ReportTable& table) {
  std::string text;
  if (!table.caption.empty()) text.append(table.caption).append("\n\n");
  text += markdown_line(table.header);
  text += "|---|";
  for (std::size_t c = 1; c < table.header.size(); ++c) text += "---:|";
  text += "\n";
  for (const auto& row : table.rows) text += markdown_line(row);
  if (!table.notes.empty()) text += "\n";
  for (const std::string& note : table.notes) text.append("- ").append(note).append("\n");
  return text;
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) line += ',';
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
      line += cell;
      continue;
    }
    line += '"';
    for (const char c : cell) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  return line + "\n";
}

}  // namespace flyball
