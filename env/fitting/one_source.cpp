#include "env/fitting/one_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <vector>

#include "env/errors.h"
#include "env/excerpt.h"
#include "env/fitting/measurement_columns.h"

namespace flyball {

namespace {

constexpr std::size_t kMostSources = 20;  // a column of more is a remark or a count
constexpr std::size_t kListBytes = 400;

struct Kind {
  const char* plural;
  const char* one;
  std::vector<std::string_view> words;  // of a column's name
};

const std::array<Kind, 2>& kinds() {
  static const std::array<Kind, 2> all = {
      {{"devices",
        "one board",
        {"device", "devices", "board", "machine", "host", "hostname", "module", "platform",
         "hardware", "node", "jetson", "serial", "sku", "soc"}},
       {"jobs",
        "one job",
        {"job", "workload", "model", "network", "task", "application", "app", "benchmark"}}}};
  return all;
}

// "device_id" and "Board name": a word of the list, and at most "id", "name" or "type" beside it.
bool is_named(const std::string& column, const Kind& kind) {
  std::vector<std::string> words(1);
  for (const char c : column) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  const auto is_kind = [&](const std::string& word) {
    return std::find(kind.words.begin(), kind.words.end(), word) != kind.words.end();
  };
  const auto says_more = [](const std::string& word) {
    return word == "id" || word == "name" || word == "type";
  };
  return std::any_of(words.begin(), words.end(), is_kind) &&
         std::all_of(words.begin(), words.end(),
                     [&](const std::string& word) { return is_kind(word) || says_more(word); });
}

// As a shell takes it.
std::string condition(const std::string& column, const std::string& value) {
  const std::string text = column + "=" + value;
  const bool is_plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("_-=.,:/+").find(static_cast<char>(c)) != std::string_view::npos;
  });
  return is_plain ? text : "'" + text + "'";
}

void require_one(const CsvTable& table, std::span<const TextRow> rows, std::size_t column,
                 const Kind& kind) {
  const std::vector<std::string> values = values_of(rows, column);
  if (values.size() < 2 || values.size() > kMostSources) return;
  const std::string& name = table.columns[column];
  throw DataError(fmt::format(
      "{}: column {}: these are measurements of {} {} ({}), and a fit is of {}: --where {} takes "
      "the rows of the first (--ignore {}: take all as one)",
      table.file.string(), name, values.size(), kind.plural,
      excerpt(fmt::format("{}", fmt::join(values, ", ")), kListBytes), kind.one,
      condition(name, values.front()), name));
}

}  // namespace

void require_one_source(const CsvTable& table, std::span<const TextRow> rows,
                        std::span<const std::string> ignored) {
  for (const Kind& kind : kinds()) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const std::string& name = table.columns[c];
      const bool is_ignored = std::find(ignored.begin(), ignored.end(), name) != ignored.end();
      if (!is_ignored && is_named(name, kind)) require_one(table, rows, c, kind);
    }
  }
}

}  // namespace flyball
