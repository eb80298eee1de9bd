#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "env/logs/line_times.h"
#include "env/logs/tegrastats.h"

namespace flyball {

namespace {

void note_unknown(const TegrastatsSample& sample, TegrastatsLog& log) {
  constexpr std::size_t kMostNames = 100;
  for (const std::string& name : sample.values.unknown) {
    const auto known = std::find_if(log.unknown.begin(), log.unknown.end(),
                                    [&](const TegrastatsUnknown& u) { return u.name == name; });
    if (known != log.unknown.end()) {
      ++known->lines;
    } else if (log.unknown.size() < kMostNames) {
      log.unknown.push_back({name, 1, sample.line});
    }
  }
}

// A last line without its end that shows less than the one before was cut.
bool is_cut(const TegrastatsLine& last, const TegrastatsLog& log) {
  if (!last.unknown.empty()) return true;
  if (log.samples.empty()) return false;
  const TegrastatsLine& before = log.samples.back().values;
  return last.rails.size() < before.rails.size() ||
         last.temperatures.size() < before.temperatures.size() ||
         last.engines.size() < before.engines.size();
}

// Fills samples, failures and unknown; returns the file's slots in order.
std::vector<Slot> read_slots(std::istream& stream, TegrastatsLog& log) {
  std::vector<Slot> slots;
  std::string text;
  std::size_t number = 0;
  while (std::getline(stream, text)) {
    ++number;
    const std::size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string::npos || text[first] == '#') continue;
    TegrastatsSample sample;
    auto failure = parse_tegrastats_line(text, sample.values);
    if (stream.eof() && (failure || is_cut(sample.values, log))) {
      failure = TegrastatsFailure{0, text.size() + 1, "the file ends within this line"};
    }
    if (failure) {
      failure->line = number;
      log.failures.push_back(std::move(*failure));
      slots.push_back({});
    } else {
      sample.line = number;
      note_unknown(sample, log);
      slots.push_back({log.samples.size()});
      log.samples.push_back(std::move(sample));
    }
  }
  return slots;
}

}  // namespace

TegrastatsLog read_tegrastats_log(const std::string& path, const TegrastatsOptions& options) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::system_error(errno, std::generic_category(), path + ": cannot open");
  if (stream.peek() == 0xEF) stream.ignore(3);  // a byte order mark
  TegrastatsLog log;
  const std::vector<Slot> slots = read_slots(stream, log);
  if (log.samples.empty()) {
    std::string why = "the file is empty";
    if (!log.failures.empty()) {
      why = fmt::format("line {}: {}", log.failures.front().line, log.failures.front().reason);
    }
    throw std::invalid_argument(fmt::format("{}: not one tegrastats line ({})", path, why));
  }
  place_lines(slots, path, options, log);
  return log;
}

}  // namespace flyball
