#include "env/logs/stamp_axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "env/statistics.h"

namespace flyball {

namespace {

constexpr double kDaySeconds = 86400.0;
constexpr std::size_t kMostNotes = 3;  // of clocks that were set

double seconds_of(const TegrastatsSample& sample) { return sample.values.stamp->seconds; }

std::vector<std::size_t> stamped_samples(const TegrastatsLog& log) {
  std::vector<std::size_t> stamped;
  for (std::size_t i = 0; i < log.samples.size(); ++i) {
    if (log.samples[i].values.stamp) stamped.push_back(i);
  }
  return stamped;
}

// Counts lines that have something in common, for a note that names the first.
struct Tally {
  void add(const TegrastatsSample& sample) {
    if (lines++ == 0) first_line = sample.line;
  }
  std::size_t lines = 0;
  std::size_t first_line = 0;
};

std::string_view lines_are(std::size_t lines) { return lines == 1 ? "line is" : "lines are"; }

// Reads all dates in the same order of month and day.
void settle_dates(TegrastatsLog& log) {
  std::vector<TimeStamp> stamps;
  for (const TegrastatsSample& sample : log.samples) {
    if (sample.values.stamp) stamps.push_back(*sample.values.stamp);
  }
  DateOrderChoice choice = choose_date_order(stamps);
  if (!choice.note.empty()) log.notes.push_back(std::move(choice.note));
  for (TegrastatsSample& sample : log.samples) {
    if (sample.values.stamp) sample.values.stamp = in_order(*sample.values.stamp, choice.order);
  }
}

// Leaves the stamps of the kind that most lines have, and stretches of another one. Returns where
// such a stretch begins or ends.
std::vector<std::size_t> settle_kinds(TegrastatsLog& log) {
  constexpr std::size_t kFewestLines = 3;  // of a stretch
  const std::vector<std::size_t> stamped = stamped_samples(log);
  const auto kind_of = [&](std::size_t k) { return log.samples[stamped[k]].values.stamp->kind; };
  std::array<std::size_t, 5> counts{};
  for (std::size_t k = 0; k < stamped.size(); ++k) ++counts[static_cast<std::size_t>(kind_of(k))];
  const std::size_t most = *std::max_element(counts.begin(), counts.end());
  std::optional<StampKind> usual;  // the first of those that most lines have
  for (std::size_t k = 0; k < stamped.size() && !usual; ++k) {
    if (counts[static_cast<std::size_t>(kind_of(k))] == most) usual = kind_of(k);
  }
  std::vector<std::size_t> begins;
  Tally unused;
  std::optional<StampKind> last;
  for (std::size_t k = 0; k < stamped.size();) {
    const StampKind kind = kind_of(k);
    std::size_t end = k;
    while (end < stamped.size() && kind_of(end) == kind) ++end;
    if (kind != *usual && end - k < kFewestLines) {
      for (; k < end; ++k) {
        unused.add(log.samples[stamped[k]]);
        log.samples[stamped[k]].values.stamp.reset();
      }
      continue;
    }
    if (last && *last != kind) {
      begins.push_back(stamped[k]);
      log.notes.push_back(
          fmt::format("line {}: from here on the stamps are of another kind: a new run",
                      log.samples[stamped[k]].line));
    }
    last = kind;
    k = end;
  }
  if (unused.lines > 0) {
    log.notes.push_back(
        fmt::format("{} {} stamped in another way than most, line {} first: not used as times",
                    unused.lines, lines_are(unused.lines), unused.first_line));
  }
  return begins;
}

// A single stamp that is far from both its neighbours, which follow each other, was damaged; so was
// one at either end that is days away.
void drop_wild_stamps(TegrastatsLog& log, double longest_seconds) {
  constexpr double kBackSeconds = 5.0;
  const std::vector<std::size_t> stamped = stamped_samples(log);
  if (stamped.size() < 3) return;
  std::vector<TimeStamp> stamps;
  for (const std::size_t i : stamped) stamps.push_back(*log.samples[i].values.stamp);
  const auto step = [&](std::size_t from, std::size_t to) {
    return stamps[from].kind == stamps[to].kind ? stamps[to].seconds - stamps[from].seconds : 0.0;
  };
  const auto follows = [&](double seconds) {
    return seconds >= -kBackSeconds && seconds <= longest_seconds;
  };
  const auto is_wild = [&](std::size_t k) {
    const bool has_date = stamps[k].kind == StampKind::kUtc || stamps[k].kind == StampKind::kLocal;
    if (k == 0) {
      return has_date && std::abs(step(0, 1)) > kDaySeconds && !follows(step(0, 1)) &&
             follows(step(1, 2));
    }
    if (k + 1 == stamps.size()) {
      return has_date && std::abs(step(k - 1, k)) > kDaySeconds && !follows(step(k - 1, k)) &&
             follows(step(k - 2, k - 1));
    }
    return !follows(step(k - 1, k)) && !follows(step(k, k + 1)) && step(k - 1, k + 1) >= 0.0 &&
           follows(step(k - 1, k + 1));
  };
  Tally wild;
  for (std::size_t k = 0; k < stamps.size(); ++k) {
    if (!is_wild(k)) continue;
    wild.add(log.samples[stamped[k]]);
    log.samples[stamped[k]].values.stamp.reset();
  }
  if (wild.lines > 0) {
    log.notes.push_back(
        fmt::format("{} {} stamped far from those around, line {} first: not used "
                    "as times",
                    wild.lines, lines_are(wild.lines), wild.first_line));
  }
}

// Lets stamps without a date go on over midnight, and those without a year over New Year. They are
// counted in a leap year: where no line is of its 29th of February, that day is taken out.
void unroll(TegrastatsLog& log) {
  constexpr double kYearSeconds = 366.0 * kDaySeconds;
  constexpr double kFebruary29 = (365.0 + 365.0 + 31.0 + 28.0) * kDaySeconds;
  constexpr double kMarch1 = kFebruary29 + kDaySeconds;
  std::optional<TimeStamp> last;  // as it was read
  double added = 0.0;
  for (TegrastatsSample& sample : log.samples) {
    auto& stamp = sample.values.stamp;
    if (!stamp) continue;
    const TimeStamp read = *stamp;
    if (!last || last->kind != read.kind) {
      added = 0.0;
    } else {
      const double round = read.kind == StampKind::kTimeOfDay  ? kDaySeconds
                           : read.kind == StampKind::kYearless ? kYearSeconds
                                                               : 0.0;
      if (round > 0.0 && read.seconds < last->seconds - round / 2) added += round;
      const bool is_over_february = read.kind == StampKind::kYearless &&
                                    last->seconds < kFebruary29 && read.seconds >= kMarch1 &&
                                    read.seconds < last->seconds + kYearSeconds / 2;
      if (is_over_february) added -= kDaySeconds;
    }
    stamp->seconds += added;
    last = read;
  }
}

// Samples with stamps, in the order of the file, between two places where axes begin.
class Stretch {
 public:
  Stretch(TegrastatsLog& log, std::vector<std::size_t> samples)
      : log_(log), samples_(std::move(samples)) {
    for (const std::size_t i : samples_) {
      stamps_.push_back(seconds_of(log_.samples[i]));
      is_fine_ = is_fine_ || log_.samples[i].values.stamp->has_fraction;
    }
  }

  // Sorts single lines, and adds where a clock was set back.
  void sort(double usual_seconds, Tally& shuffled, Tally& set_back,
            std::vector<std::size_t>& begins) {
    usual_seconds_ = usual_seconds;
    double latest = stamps_.empty() ? 0.0 : stamps_.front();
    std::size_t begin = 0;  // of what may change places
    for (std::size_t k = 1; k < stamps_.size();) {
      if (stamps_[k] >= latest) {
        latest = stamps_[k++];
        continue;
      }
      const std::size_t end = caught_up(k, latest);
      if (is_shuffled(k, end, latest)) {
        for (; k < end; ++k) shuffled.add(log_.samples[samples_[k]]);
        continue;
      }
      if (set_back.lines < kMostNotes) {
        log_.notes.push_back(fmt::format(
            "line {}: the stamps go back by {:g} s: the time goes on there, in a new run",
            log_.samples[samples_[k]].line, latest - stamps_[k]));
      }
      set_back.add(log_.samples[samples_[k]]);
      sort_between(begin, k);
      begins.push_back(samples_[k]);
      begin = k;
      latest = stamps_[k++];
    }
    sort_between(begin, stamps_.size());
  }

 private:
  // The first line from `k` on that is not behind `latest`.
  std::size_t caught_up(std::size_t k, double latest) const {
    while (k < stamps_.size() && stamps_[k] < latest) ++k;
    return k;
  }

  // Whether the lines from `begin` to `end`, which are behind `latest`, are late where two writers
  // share a file. After a clock was set back, lines fill the time until it has caught up, and go on
  // from there without a jump.
  bool is_shuffled(std::size_t begin, std::size_t end, double latest) const {
    constexpr double kMostSeconds = 5.0;
    constexpr std::size_t kMostThatFill = 2;
    const auto lines = static_cast<double>(end - begin);
    const double back = latest - stamps_[begin];
    if (back > kMostSeconds) return false;
    if (end == stamps_.size()) return end - begin == 1;
    if (!is_fine_ && usual_seconds_ < 0.75) {  // whole seconds tell little of single lines
      return end - begin == 1 || lines * usual_seconds_ < back - 1.0;
    }
    if (lines * usual_seconds_ < 0.6 * back) return true;
    return end - begin <= kMostThatFill && stamps_[end] - stamps_[end - 1] > 1.5 * usual_seconds_;
  }

  void sort_between(std::size_t begin, std::size_t end) {
    std::vector<TegrastatsSample> moved;
    for (std::size_t k = begin; k < end; ++k) {
      moved.push_back(std::move(log_.samples[samples_[k]]));
    }
    std::stable_sort(moved.begin(), moved.end(),
                     [](const auto& a, const auto& b) { return seconds_of(a) < seconds_of(b); });
    for (std::size_t k = begin; k < end; ++k) {
      log_.samples[samples_[k]] = std::move(moved[k - begin]);
    }
  }

  TegrastatsLog& log_;
  std::vector<std::size_t> samples_;
  std::vector<double> stamps_;
  bool is_fine_ = false;
  double usual_seconds_ = 0.0;
};

}  // namespace

StampSteps stamp_steps(const TegrastatsLog& log) {
  std::vector<double> stamps;
  std::vector<double> steps;  // back where a clock was set, or a line is out of order
  std::optional<TimeStamp> last;
  bool is_fine = false;
  for (const TegrastatsSample& sample : log.samples) {
    const auto& stamp = sample.values.stamp;
    if (!stamp) continue;
    is_fine = is_fine || stamp->has_fraction;
    if (last && last->kind == stamp->kind) steps.push_back(stamp->seconds - last->seconds);
    if (last && last->kind != stamp->kind) steps.push_back(-1.0);
    stamps.push_back(stamp->seconds);
    last = stamp;
  }
  StampSteps result;
  std::vector<double> forward;
  std::copy_if(steps.begin(), steps.end(), std::back_inserter(forward),
               [](double step) { return step >= 0.0; });
  if (forward.empty()) return result;
  result.longest_seconds = std::max(5.0, 5.0 * upper_median(forward));
  std::vector<double> calm;  // away from steps back
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool is_calm = (i == 0 || steps[i - 1] >= 0.0) &&
                         (i + 1 == steps.size() || steps[i + 1] >= 0.0) && steps[i] >= 0.0;
    if (is_calm && steps[i] <= result.longest_seconds) calm.push_back(steps[i]);
  }
  if (calm.empty()) {
    const auto [least, most] = std::minmax_element(stamps.begin(), stamps.end());
    result.usual_seconds = (*most - *least) / static_cast<double>(steps.size());
    return result;
  }
  result.usual_seconds = is_fine ? upper_median(calm) : 0.0;
  if (result.usual_seconds > 0.0) return result;
  for (const double step : calm) result.usual_seconds += step / static_cast<double>(calm.size());
  return result;
}

std::vector<std::size_t> settle_stamps(TegrastatsLog& log) {
  settle_dates(log);
  const std::vector<std::size_t> kinds = settle_kinds(log);
  drop_wild_stamps(log, stamp_steps(log).longest_seconds);
  unroll(log);
  const double usual_seconds = stamp_steps(log).usual_seconds;
  const std::vector<std::size_t> stamped = stamped_samples(log);
  std::vector<std::size_t> begins;
  Tally shuffled;
  Tally set_back;
  auto from = stamped.begin();
  for (std::size_t s = 0; s <= kinds.size(); ++s) {
    const auto to =
        s < kinds.size() ? std::lower_bound(from, stamped.end(), kinds[s]) : stamped.end();
    if (s > 0 && from != to) begins.push_back(*from);
    Stretch(log, {from, to}).sort(usual_seconds, shuffled, set_back, begins);
    from = to;
  }
  if (set_back.lines > kMostNotes) {
    log.notes.push_back(fmt::format("the stamps go back {} times in all", set_back.lines));
  }
  if (shuffled.lines > 0) {
    log.notes.push_back(fmt::format(
        "{} out of the order of the stamps, line {} first: sorted",
        shuffled.lines == 1 ? "1 line stands" : fmt::format("{} lines stand", shuffled.lines),
        shuffled.first_line));
  }
  return begins;
}

}  // namespace flyball
