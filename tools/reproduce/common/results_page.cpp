#include "tools/reproduce/common/results_page.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <fstream>
#include <string_view>
#include <thread>
#include <utility>

#include "env/errors.h"
#include "tools/commit.h"

namespace flyball {

namespace {

constexpr std::string_view kBegin = "<!-- measured: written by flyball reproduce --markdown -->\n";
constexpr std::string_view kEnd = "<!-- measured: end -->\n";

// What follows `separator` in the first line of `path` that begins with `key`.
std::string value_in(const char* path, std::string_view key, char separator) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    std::string value = line.substr(line.find(separator) + 1);
    std::erase(value, '"');
    return value.substr(std::min(value.find_first_not_of(' '), value.size()));
  }
  return "unknown";
}

std::string escaped(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, 1, '\\');
  }
  return text;
}

}  // namespace

Measured measured(std::string command) {
  const std::string processor = value_in("/proc/cpuinfo", "model name", ':');
  const std::string system = value_in("/etc/os-release", "PRETTY_NAME", '=');
  return {std::move(command), commit(),
          fmt::format("{}, {} threads, {}", processor, std::thread::hardware_concurrency(), system),
          fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr)))};
}

std::string results_section(const Measured& how, const ReproductionTable& table) {
  std::string text = fmt::format("`{}`, commit {}, {}, on {}.\n\n", how.command, how.commit,
                                 how.date, how.machine);
  text += "| figure | published or asked | ours | unit | allowed | verdict |\n";
  text += "|---|---|---|---|---|---|\n";
  for (const ReproductionRow& row : table.rows()) {
    const RowText cells = to_cells(row);
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", escaped(row.name), cells.published,
                        cells.ours, row.unit, cells.allowed, cells.verdict);
  }
  if (!table.notes().empty()) text += '\n';
  for (const std::string& note : table.notes()) text += note + '\n';
  return text;
}

std::string with_results(const std::string& page, const std::string& title,
                         const std::string& section) {
  const std::string marked = fmt::format("{}{}{}", kBegin, section, kEnd);
  if (page.empty()) return fmt::format("# {}\n{}", title, marked);
  const std::size_t begin = page.find(kBegin);
  const std::size_t end = page.find(kEnd, begin == std::string::npos ? 0 : begin);
  if (begin == std::string::npos || end == std::string::npos) {
    throw DataError(
        fmt::format("a page of results needs the lines {} and {}, between which the "
                    "table stands; or name a file that is not there yet",
                    kBegin.substr(0, kBegin.size() - 1), kEnd.substr(0, kEnd.size() - 1)));
  }
  return page.substr(0, begin) + marked + page.substr(end + kEnd.size());
}

}  // namespace flyball
