#include "tools/daemon/explore_file.h"

#include <fmt/format.h>

#include <stdexcept>

#include "tools/daemon/state_file.h"

namespace flyball {

namespace {

constexpr const char* kHead = "flyball explore 1";
constexpr std::size_t kMostSettings = 1'000'000;
constexpr std::uint32_t kMostTrials = 1'000'000'000;
constexpr double kMost = 1e9;

}  // namespace

std::string explore_key(const std::string& board, const std::vector<std::string>& knobs,
                        const FrontierConfig& config) {
  const SliceLimit& limit = config.limit;
  return fmt::format("{}: {}; caps {}; {:g} s; latency {}; misses {:g}", board,
                     fmt::join(knobs, ", "), fmt::join(config.caps, ", "),
                     config.period_seconds * config.slice_periods,
                     limit.latency_seconds ? fmt::format("{:g} s", *limit.latency_seconds) : "-",
                     limit.miss_share);
}

std::string to_text(const std::vector<FrontierSeen>& seen, const std::string& key) {
  std::string text = fmt::format("{}\nkey {}\nsettings {}\n", kHead, key, seen.size());
  for (const FrontierSeen& one : seen) {
    text += fmt::format("{} {:d} {:d} {} {} {} {}\n", one.trials, one.good, one.opened, one.used,
                        one.busy.value_or(-1.0), one.closed_seconds, one.closed_for);
  }
  return text + "end\n";
}

std::vector<FrontierSeen> frontier_seen(const std::string& text, const std::string& key) {
  StateWords words(text);
  if (words.line() != kHead) throw std::runtime_error("it is none of flyball's");
  if (words.line() != "key " + key) return {};
  words.begin("settings");
  std::vector<FrontierSeen> seen(words.number(std::size_t{0}, kMostSettings));
  for (FrontierSeen& one : seen) {
    words.next_line();
    one.trials = words.number(std::uint32_t{0}, kMostTrials);
    one.good = words.number(0, 1) == 1;
    one.opened = words.number(0, 1) == 1;
    one.used = words.number(0.0, kMost);
    const double busy = words.number(-1.0, kMost);
    if (busy >= 0.0) one.busy = busy;
    one.closed_seconds = words.number(0.0, kMost);
    one.closed_for = words.number(0.0, kMost);
  }
  if (words.line() != "end") throw std::runtime_error("it does not end where it should");
  return seen;
}

}  // namespace flyball
