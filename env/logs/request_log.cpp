#include "env/logs/request_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <string_view>
#include <system_error>

#include "env/logs/log_error.h"

namespace flyball {

namespace {

enum Column : std::size_t { kArrival, kQueueExit, kCompletion, kLimit, kTimedOut, kColumns };
constexpr std::array<std::string_view, kColumns> kNames = {
    "Arrival Time", "Queue Exit Time", "Completion Time", "Requested Latency", "Timed Out"};

struct Cell {
  std::string_view text;
  std::size_t column = 1;  // character, from 1
};

// A line as cells; a cell in double quotes is taken without them.
class Cells {
 public:
  Cells(const std::string& path, std::size_t line_number) : path_(path), line_(line_number) {}

  const std::vector<Cell>& split(std::string_view text) {
    cells_.clear();
    std::size_t position = 0;
    while (position <= text.size()) {
      const bool quoted = position < text.size() && text[position] == '"';
      const std::size_t begin = position + (quoted ? 1 : 0);
      const std::size_t end = std::min(text.find(quoted ? '"' : ',', begin), text.size());
      cells_.push_back({text.substr(begin, end - begin), begin + 1});
      position = end + (quoted ? 1 : 0);
      if (position < text.size() && text[position] != ',') {
        throw LogError(path_, line_, position + 1, "expected ',' after a quoted cell");
      }
      if (quoted && end == text.size()) {
        throw LogError(path_, line_, begin, "a quoted cell has no end");
      }
      ++position;
    }
    return cells_;
  }

 private:
  const std::string& path_;
  std::size_t line_;
  std::vector<Cell> cells_;
};

std::string_view without_return(std::string_view text) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

class RowParser {
 public:
  RowParser(const std::string& path, const std::array<std::size_t, kColumns>& columns,
            std::size_t width)
      : path_(path), columns_(columns), width_(width) {}

  LoggedRequest parse(std::string_view text, std::size_t line) {
    line_ = line;
    Cells cells(path_, line);
    row_ = &cells.split(text);
    if (row_->size() != width_) {
      throw LogError(path_, line, text.size() + 1,
                     fmt::format("{} cells, the header has {}", row_->size(), width_));
    }
    LoggedRequest request;
    request.timed_out = flag(kTimedOut);
    request.arrival_seconds = number(kArrival);
    if (!cell(kQueueExit).text.empty()) request.queue_exit_seconds = number(kQueueExit);
    request.completion_seconds = number(kCompletion);
    if (!cell(kLimit).text.empty()) request.limit_seconds = number(kLimit);
    check(request);
    return request;
  }

 private:
  void check(const LoggedRequest& request) const {
    if (request.completion_seconds < request.arrival_seconds) {
      fail(kCompletion, "completed before it arrived");
    }
    if (request.limit_seconds && *request.limit_seconds <= 0.0) fail(kLimit, "expected > 0");
    if (!request.queue_exit_seconds) {
      if (!request.timed_out) fail(kQueueExit, "expected a time: the request was served");
      return;
    }
    if (*request.queue_exit_seconds < request.arrival_seconds ||
        *request.queue_exit_seconds > request.completion_seconds) {
      fail(kQueueExit, "expected a time between arrival and completion");
    }
  }
  const Cell& cell(Column column) const { return (*row_)[columns_[column]]; }
  [[noreturn]] void fail(Column column, std::string_view expected) const {
    throw LogError(path_, line_, cell(column).column,
                   fmt::format("{}: '{}': {}", kNames[column], cell(column).text, expected));
  }
  double number(Column column) const {
    const std::string_view text = cell(column).text;
    double value = 0.0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) {
      fail(column, "expected a number of seconds");
    }
    if (!std::isfinite(value)) fail(column, "expected a finite number of seconds");
    return value;
  }
  bool flag(Column column) const {
    const std::string_view text = cell(column).text;
    if (text == "True" || text == "true" || text == "1") return true;
    if (text == "False" || text == "false" || text == "0") return false;
    fail(column, "expected True or False");
  }

  const std::string& path_;
  const std::array<std::size_t, kColumns>& columns_;
  std::size_t width_;
  std::size_t line_ = 0;
  const std::vector<Cell>* row_ = nullptr;
};

std::array<std::size_t, kColumns> find_columns(const std::string& path,
                                               const std::vector<Cell>& header) {
  std::array<std::size_t, kColumns> columns{};
  for (std::size_t c = 0; c < kColumns; ++c) {
    std::size_t at = 0;
    while (at < header.size() && header[at].text != kNames[c]) ++at;
    if (at == header.size()) {
      throw LogError(
          path, 1, 1,
          fmt::format("no column '{}' (needed: {})", kNames[c], fmt::join(kNames, ", ")));
    }
    columns[c] = at;
  }
  return columns;
}

}  // namespace

std::vector<LoggedRequest> read_request_log(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::system_error(errno, std::generic_category(), path + ": cannot open");
  std::string text;
  if (!std::getline(stream, text)) {
    throw LogError(path, 1, 1,
                   fmt::format("empty: expected a header row ({})", fmt::join(kNames, ", ")));
  }
  Cells header_cells(path, 1);
  const std::string header_text(without_return(text));
  const std::vector<Cell>& header = header_cells.split(header_text);
  const auto columns = find_columns(path, header);
  RowParser parser(path, columns, header.size());
  std::vector<LoggedRequest> requests;
  for (std::size_t line = 2; std::getline(stream, text); ++line) {
    const std::string_view row = without_return(text);
    if (!row.empty()) requests.push_back(parser.parse(row, line));
  }
  return requests;
}

}  // namespace flyball
