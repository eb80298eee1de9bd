#include "env/logs/line_times.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "env/statistics.h"

namespace flyball {

namespace {

// One stretch of slots without a gap.
struct Run {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// The usual step between lines in whole-second stamps, from the whole file: robust against gaps.
double usual_interval(const std::vector<double>& stamps) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < stamps.size(); ++i) {
    if (stamps[i] >= stamps[i - 1]) steps.push_back(stamps[i] - stamps[i - 1]);
  }
  return steps.empty() ? 0.0 : upper_median(std::move(steps));
}

std::vector<Run> split_runs(const std::vector<Slot>& slots,
                            const std::vector<TegrastatsSample>& samples) {
  std::vector<double> stamps;
  for (const TegrastatsSample& sample : samples) {
    if (sample.values.stamp) stamps.push_back(sample.values.stamp->seconds);
  }
  const double longest = std::max(5.0, 5.0 * usual_interval(stamps));
  std::vector<Run> runs;
  std::optional<double> last;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (!slots[i].sample) continue;
    const auto& stamp = samples[*slots[i].sample].values.stamp;
    if (!stamp) continue;
    if (last && (stamp->seconds < *last || stamp->seconds > *last + longest)) {
      runs.push_back({begin, i});
      begin = i;
    }
    last = stamp->seconds;
  }
  runs.push_back({begin, slots.size()});
  return runs;
}

// Places the slots of one run evenly between its first and last stamp. Lines that failed before the
// first or after the last stamped one lie outside: the step is between those two.
struct Spread {
  std::size_t first = 0;
  std::size_t last = 0;
  double first_stamp = 0.0;
  double step = 0.0;  // 0: a single stamp
};

std::optional<Spread> spread(const Run& run, const std::vector<Slot>& slots,
                             const std::vector<TegrastatsSample>& samples) {
  std::optional<Spread> result;
  double last_stamp = 0.0;
  for (std::size_t i = run.begin; i < run.end; ++i) {
    if (!slots[i].sample) continue;
    const auto& stamp = samples[*slots[i].sample].values.stamp;
    if (!stamp) continue;
    if (!result) result = Spread{i, i, stamp->seconds, 0.0};
    result->last = i;
    last_stamp = stamp->seconds;
  }
  if (result && result->last > result->first) {
    result->step =
        (last_stamp - result->first_stamp) / static_cast<double>(result->last - result->first);
  }
  return result;
}

constexpr double kLeastStepSeconds = 1e-3;  // between lines with the same fine stamp
constexpr double kDaySeconds = 86400.0;

// The first line's, and fine where any is.
TimeStamp first_stamp_of(const TegrastatsLog& log) {
  std::optional<TimeStamp> first;
  for (const TegrastatsSample& sample : log.samples) {
    if (!sample.values.stamp) continue;
    if (!first) first = sample.values.stamp;
    first->has_fraction = first->has_fraction || sample.values.stamp->has_fraction;
  }
  return *first;
}

// Leaves stamps of the first one's kind only, and lets those without a date or year go on over
// midnight or New Year.
void settle_stamps(TegrastatsLog& log) {
  std::optional<StampKind> kind;
  double last = 0.0;
  double added = 0.0;
  for (TegrastatsSample& sample : log.samples) {
    auto& stamp = sample.values.stamp;
    if (!stamp) continue;
    if (!kind) kind = stamp->kind;
    if (stamp->kind != *kind) {
      stamp.reset();
      continue;
    }
    const double round = *kind == StampKind::kTimeOfDay  ? kDaySeconds
                         : *kind == StampKind::kYearless ? 366 * kDaySeconds
                                                         : 0.0;
    if (round > 0.0 && stamp->seconds + added < last - round / 2) added += round;
    stamp->seconds += added;
    last = stamp->seconds;
  }
}

// Lines that stand a little out of order, as where two writers share a file, are sorted. Where
// stamps go back further a clock was set, or logs were joined. Both are noted.
void sort_shuffled(TegrastatsLog& log) {
  constexpr double kShuffledSeconds = 5.0;
  auto& samples = log.samples;
  const auto seconds = [](const TegrastatsSample& s) { return s.values.stamp->seconds; };
  if (!std::all_of(samples.begin(), samples.end(), [](const auto& s) { return s.values.stamp; })) {
    return;
  }
  std::size_t shuffled = 0;
  std::size_t line = 0;  // the first of them
  double latest = seconds(samples.front());
  auto begin = samples.begin();  // of what may change places
  const auto sort_until = [&](auto end) {
    std::stable_sort(begin, end,
                     [&](const auto& a, const auto& b) { return seconds(a) < seconds(b); });
    begin = end;
  };
  for (auto at = samples.begin(); at != samples.end(); ++at) {
    const double back = latest - seconds(*at);
    latest = std::max(latest, seconds(*at));
    if (back <= 0.0) continue;
    if (back <= kShuffledSeconds) {
      if (shuffled++ == 0) line = at->line;
      continue;
    }
    log.notes.push_back(
        fmt::format("line {}: the stamps go back by {:g} s: the time goes on there, in a new run",
                    at->line, back));
    latest = seconds(*at);
    sort_until(at);
  }
  sort_until(samples.end());
  if (shuffled == 0) return;
  log.notes.push_back(fmt::format(
      "{} lines stand out of the order of their stamps, line {} first: sorted", shuffled, line));
}

void require_interval(double seconds) {
  if (seconds > 0.0 && std::isfinite(seconds)) return;
  throw std::invalid_argument("interval: must be > 0");
}

// `interval_seconds` stands in where the stamps do not differ.
void place_by_stamps(const std::vector<Slot>& slots, TegrastatsLog& log, const std::string& path,
                     std::optional<double> interval_seconds) {
  sort_shuffled(log);
  double seconds = 0.0;
  std::size_t steps = 0;
  std::vector<std::pair<Run, Spread>> placed;
  for (const Run& run : split_runs(slots, log.samples)) {
    const auto run_spread = spread(run, slots, log.samples);
    if (!run_spread) continue;
    placed.emplace_back(run, *run_spread);
    if (run_spread->step > 0.0) {
      steps += run_spread->last - run_spread->first;
      seconds += run_spread->step * static_cast<double>(run_spread->last - run_spread->first);
    }
  }
  if (placed.empty() || (steps == 0 && !interval_seconds)) {
    throw std::invalid_argument(
        path +
        ": fewer than two different stamps: no line has a length (--interval tells it, as in 1s)");
  }
  if (steps == 0) require_interval(*interval_seconds);
  log.interval_seconds = steps > 0 ? seconds / static_cast<double>(steps) : *interval_seconds;
  const double first = placed.front().second.first_stamp;
  log.first_stamp = first_stamp_of(log);
  double previous = -std::numeric_limits<double>::infinity();
  for (const auto& [run, s] : placed) {
    const double step = s.step > 0.0 ? s.step : log.interval_seconds;
    TegrastatsSample* last = nullptr;
    for (std::size_t i = run.begin; i < run.end; ++i) {
      if (!slots[i].sample) continue;
      last = &log.samples[*slots[i].sample];
      if (log.first_stamp->has_fraction && last->values.stamp) {
        last->time_seconds =
            std::max(last->values.stamp->seconds - first, previous + kLeastStepSeconds);
        previous = last->time_seconds;
        continue;
      }
      const double offset = (static_cast<double>(i) - static_cast<double>(s.first)) * step;
      // A clock that was set back must not turn time round: such a run follows the one before.
      last->time_seconds = std::max(s.first_stamp - first + offset, previous + step);
      previous = last->time_seconds;
    }
    if (last) last->last_of_run = true;
  }
  // Lines without a stamp may stand before the first one that has one.
  const double begin = log.samples.front().time_seconds;
  for (TegrastatsSample& sample : log.samples) sample.time_seconds -= begin;
  log.first_stamp->seconds += begin;
}

void place_by_interval(const std::vector<Slot>& slots, TegrastatsLog& log, const std::string& path,
                       std::optional<double> interval_seconds) {
  if (!interval_seconds) {
    throw std::invalid_argument(
        path +
        ": its lines carry no time: give the interval that tegrastats ran with (--interval)");
  }
  require_interval(*interval_seconds);
  log.interval_seconds = *interval_seconds;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (!slots[i].sample) continue;
    log.samples[*slots[i].sample].time_seconds = static_cast<double>(i) * *interval_seconds;
  }
  log.samples.back().last_of_run = true;
}

}  // namespace

void place_lines(const std::vector<Slot>& slots, const std::string& path,
                 const TegrastatsOptions& options, TegrastatsLog& log) {
  settle_stamps(log);
  const bool stamped = std::any_of(log.samples.begin(), log.samples.end(),
                                   [](const TegrastatsSample& s) { return s.values.stamp; });
  if (stamped) {
    place_by_stamps(slots, log, path, options.interval_seconds);
  } else {
    place_by_interval(slots, log, path, options.interval_seconds);
  }
  if (options.start_seconds) {
    log.first_stamp = TimeStamp{StampKind::kUtc, *options.start_seconds, true};
  }
}

}  // namespace flyball
