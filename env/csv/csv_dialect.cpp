#include "env/csv/csv_dialect.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <string>
#include <system_error>

#include "env/csv/csv_scanner.h"

namespace flyball {

namespace {

constexpr std::size_t kRowsSeen = 20;  // below the header, to tell the delimiter

// How well a delimiter cuts the text.
struct Cut {
  std::size_t cells = 0;  // of every row; 0: rows differ
  double numbers = 0.0;   // share of the cells below the header
};

Cut cut(std::string_view text, char delimiter) {
  const CsvDialect dialect{delimiter, delimiter != ','};
  CsvScanner scanner(text, delimiter);
  CsvRow row;
  if (!scanner.next(row)) return {};
  const std::size_t width = row.cells.size();
  std::size_t rows = 0;
  std::size_t numbers = 0;
  for (; rows < kRowsSeen && scanner.next(row); ++rows) {
    if (row.cells.size() != width && row.has_end) return {};
    for (const std::string& cell : row.cells) {
      const bool is_number = csv_number(cell, {delimiter, false}) || csv_number(cell, dialect);
      numbers += is_number ? 1 : 0;
    }
  }
  if (scanner.fault()) return {};
  return {width,
          rows == 0 ? 0.0 : static_cast<double>(numbers) / static_cast<double>(width * rows)};
}

char detect_delimiter(std::string_view text) {
  char best = ',';
  Cut most = cut(text, ',');
  if (most.cells < 2) most = {1, -1.0};
  for (const char delimiter : {';', '\t', '|', ' '}) {
    // Dates hold spaces, too: they separate only where nothing else does.
    if (delimiter == ' ' && most.cells > 1) break;
    const Cut found = cut(text, delimiter);
    if (found.cells < 2 || found.numbers < most.numbers) continue;
    if (found.numbers == most.numbers && found.cells <= most.cells) continue;
    most = found;
    best = delimiter;
  }
  return best;
}

// Whether more numbers of the text are written with a comma than with a point.
bool has_decimal_comma(std::string_view text, char delimiter) {
  if (delimiter == ',') return false;
  CsvScanner scanner(text, delimiter);
  std::size_t commas = 0;
  std::size_t points = 0;
  for (CsvRow row; scanner.next(row);) {
    for (const std::string& cell : row.cells) {
      if (cell.find(',') != std::string::npos)
        commas += csv_number(cell, {delimiter, true}) ? 1 : 0;
      if (cell.find('.') != std::string::npos)
        points += csv_number(cell, {delimiter, false}) ? 1 : 0;
    }
  }
  return commas > points;
}

}  // namespace

CsvDialect detect_dialect(std::string_view text) {
  CsvDialect dialect;
  if (text.size() > 5 && text.starts_with("sep=") && (text[5] == '\n' || text[5] == '\r')) {
    dialect.delimiter = text[4];
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  } else {
    dialect.delimiter = detect_delimiter(text);
  }
  dialect.decimal_comma = has_decimal_comma(text, dialect.delimiter);
  return dialect;
}

bool is_absent_cell(std::string_view cell) {
  std::string word(cell);
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 9> kWords = {"",     "nan",  "na",   "n/a", "[n/a]",
                                                      "null", "none", "#n/a", "-"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

std::optional<double> csv_number(std::string_view cell, const CsvDialect& dialect) {
  std::array<char, 64> digits{};
  if (cell.starts_with('+') && cell.find_first_of("+-", 1) != 1) cell.remove_prefix(1);
  if (cell.empty() || cell.size() > digits.size()) return std::nullopt;
  if (dialect.decimal_comma && cell.find('.') != std::string_view::npos) return std::nullopt;
  std::replace_copy(cell.begin(), cell.end(), digits.begin(), dialect.decimal_comma ? ',' : '\0',
                    '.');
  double value = 0.0;
  const char* end = digits.data() + cell.size();
  const auto parsed = std::from_chars(digits.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

}  // namespace flyball
