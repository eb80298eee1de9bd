#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "env/logs/front_numbers.h"
#include "env/logs/line_times.h"
#include "env/logs/tegrastats.h"
#include "env/text_file.h"

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
std::vector<Slot> read_slots(std::string_view text, TegrastatsLog& log) {
  std::vector<Slot> slots;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    const std::string_view line = text.substr(begin, end - begin);
    const bool is_last = end == std::string_view::npos;
    begin = is_last ? text.size() : end + 1;
    ++number;
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line[first] == '#') continue;
    if (line.find_first_not_of('\0', first) == std::string_view::npos) {
      // What a power cut left of a block: told, and no line that took time.
      log.failures.push_back({number, first + 1, "this line is not text"});
      continue;
    }
    TegrastatsSample sample;
    auto failure = parse_tegrastats_line(line, sample.values);
    if (is_last && (failure || is_cut(sample.values, log))) {
      failure = TegrastatsFailure{0, line.size() + 1, "the file ends within this line"};
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

// tegrastats shows every CPU in every line: where a few lines show another number of them than
// the rest, something was lost there, and they are left out.
void drop_odd_lines(std::vector<Slot>& slots, TegrastatsLog& log) {
  constexpr double kOddShare = 0.05;
  std::map<std::size_t, std::size_t> counts;
  for (const TegrastatsSample& sample : log.samples) ++counts[sample.values.cpus.size()];
  const auto usual =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  const std::size_t odd = log.samples.size() - usual->second;
  const double most = std::max(1.0, kOddShare * static_cast<double>(log.samples.size()));
  if (odd == 0 || odd >= usual->second || static_cast<double>(odd) > most) return;
  std::vector<TegrastatsSample> kept;
  for (Slot& slot : slots) {
    if (!slot.sample) continue;
    TegrastatsSample& sample = log.samples[*slot.sample];
    const std::size_t cpus = sample.values.cpus.size();
    slot.sample.reset();
    if (cpus == usual->first) {
      slot.sample = kept.size();
      kept.push_back(std::move(sample));
    } else {
      log.failures.push_back(
          {sample.line, 1, fmt::format("{} CPUs, the others have {}", cpus, usual->first)});
    }
  }
  log.samples = std::move(kept);
}

}  // namespace

TegrastatsLog read_tegrastats_log(const std::string& path, const TegrastatsOptions& options) {
  return parse_tegrastats_log(path, read_text_file(path), options);
}

TegrastatsLog parse_tegrastats_log(const std::string& path, std::string_view text,
                                   const TegrastatsOptions& options) {
  TegrastatsLog log;
  std::vector<Slot> slots = read_slots(text, log);
  if (log.samples.empty()) {
    std::string why = "the file is empty";
    if (!log.failures.empty()) {
      why = fmt::format("line {}: {}", log.failures.front().line, log.failures.front().reason);
    }
    throw std::invalid_argument(fmt::format("{}: not one tegrastats line ({})", path, why));
  }
  drop_odd_lines(slots, log);
  settle_front_numbers(log, options);
  place_lines(slots, path, options, log);
  return log;
}

}  // namespace flyball
