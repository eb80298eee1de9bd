#include "env/logs/front_numbers.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "env/statistics.h"

namespace flyball {

namespace {

using Samples = std::vector<TegrastatsSample*>;

// Those that have stamps of that kind, where most stamps are; otherwise none.
Samples stamped_as(StampKind kind, TegrastatsLog& log) {
  Samples samples;
  std::size_t others = 0;
  for (TegrastatsSample& sample : log.samples) {
    if (!sample.values.stamp) continue;
    if (sample.values.stamp->kind == kind) {
      samples.push_back(&sample);
    } else {
      ++others;
    }
  }
  if (samples.size() <= others) samples.clear();
  return samples;
}

double seconds_of(const TegrastatsSample* sample) { return sample->values.stamp->seconds; }

bool are_line_numbers(const Samples& samples, bool has_interval) {
  if (samples.size() < 2) return false;
  const auto ahead = [](const TegrastatsSample* sample) {
    return seconds_of(sample) - static_cast<double>(sample->line);
  };
  const double first = ahead(samples.front());
  const bool rise = std::all_of(samples.begin(), samples.end(), [&](const auto* sample) {
    return !sample->values.stamp->has_fraction && ahead(sample) == first;
  });
  return rise && (first == 0.0 || seconds_of(samples.front()) == 1.0 || has_interval);
}

// Moments rise, but for a few; the time since the line before is about the same all along.
bool are_differences(const Samples& samples, bool has_interval) {
  constexpr std::size_t kFewest = 3;
  constexpr double kMostSeconds = 60.0;  // alike, or of a typical one
  constexpr double kLeastShareBack = 0.1;
  if (samples.size() < kFewest) return false;
  std::vector<double> seconds;
  for (const TegrastatsSample* sample : samples) seconds.push_back(seconds_of(sample));
  const double typical = upper_median(seconds);
  if (typical <= 0.0 || typical > kMostSeconds) return false;
  std::size_t back = 0;
  bool are_alike = true;
  for (std::size_t i = 1; i < seconds.size(); ++i) {
    back += seconds[i] < seconds[i - 1] ? 1 : 0;
    are_alike = are_alike && seconds[i] == seconds[i - 1];
  }
  if (are_alike) {  // a whole number may be anything
    const TimeStamp& stamp = *samples.front()->values.stamp;
    return !has_interval || stamp.has_fraction || stamp.kind == StampKind::kTimeOfDay;
  }
  if (back < 2 ||
      static_cast<double>(back) < kLeastShareBack * static_cast<double>(seconds.size())) {
    return false;
  }
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  return upper_median({middle, seconds.end()}) <= *std::max_element(seconds.begin(), middle);
}

}  // namespace

void settle_front_numbers(TegrastatsLog& log, const TegrastatsOptions& options) {
  const Samples numbered = stamped_as(StampKind::kRelative, log);
  const bool has_interval = options.interval_seconds.has_value();
  if (are_line_numbers(numbered, has_interval)) {
    for (TegrastatsSample* sample : numbered) sample->values.stamp.reset();
    log.notes.push_back("the numbers in front are those of the lines: not used as times");
    return;
  }
  for (const StampKind kind : {StampKind::kRelative, StampKind::kTimeOfDay}) {
    const Samples samples = stamped_as(kind, log);
    if (!are_differences(samples, has_interval)) continue;
    double sum = 0.0;
    for (TegrastatsSample* sample : samples) {
      TimeStamp& stamp = *sample->values.stamp;
      stamp = {StampKind::kRelative, sum += stamp.seconds, stamp.has_fraction};
    }
    log.notes.push_back(
        "the times in front do not go on: each is taken for the time since the line before");
    return;
  }
}

}  // namespace flyball
