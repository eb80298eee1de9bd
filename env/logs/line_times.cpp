#include "env/logs/line_times.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "env/logs/stamp_axes.h"

namespace flyball {

namespace {

constexpr double kLeastStepSeconds = 1e-3;  // between lines with the same fine stamp

// Samples without a gap between them. A stamp begins each but the first, and lines without one
// belong to the run before.
struct Run {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool begins_axis = false;  // its stamps say nothing of the time since the run before
  // The samples with the first and the last stamp.
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t stamps = 0;
};

void require_interval(double seconds) {
  if (seconds > 0.0 && std::isfinite(seconds)) return;
  throw std::invalid_argument("interval: must be > 0");
}

// Places the samples of a log that has stamps; one instance per log.
class Placement {
 public:
  Placement(const std::vector<Slot>& slots, TegrastatsLog& log)
      : log_(log), begins_(settle_stamps(log)) {
    slots_.resize(log.samples.size());
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (slots[i].sample) slots_[*slots[i].sample] = static_cast<double>(i);
    }
    for (const TegrastatsSample& sample : log.samples) {
      if (sample.values.stamp && sample.values.stamp->has_fraction)
        is_fine_[kind_of(sample)] = true;
    }
    split_runs();
  }

  // The mean step between lines; absent where no two stamps differ.
  std::optional<double> mean_step() const {
    double seconds = 0.0;
    double steps = 0.0;
    for (const Run& run : runs_) {
      const double step = step_of(run).value_or(0.0);
      if (step <= 0.0) continue;
      seconds += step * (slots_[run.last] - slots_[run.first]);
      steps += slots_[run.last] - slots_[run.first];
    }
    return steps > 0.0 ? std::optional(seconds / steps) : std::nullopt;
  }

  // Requires: `log.interval_seconds` is set.
  void place() {
    for (std::size_t r = 0; r < runs_.size(); ++r) {
      shift_to_axis(runs_[r]);
      place_run(runs_[r], r + 1 < runs_.size() ? &runs_[r + 1] : nullptr);
      log_.samples[runs_[r].end - 1].last_of_run = true;
    }
    // Lines without a stamp may stand before the first one that has one.
    const double begin = log_.samples.front().time_seconds;
    for (TegrastatsSample& sample : log_.samples) sample.time_seconds -= begin;
    log_.first_stamp = reference();
  }

 private:
  static std::size_t kind_of(const TegrastatsSample& sample) {
    return static_cast<std::size_t>(sample.values.stamp->kind);
  }
  double stamp(std::size_t sample) const { return log_.samples[sample].values.stamp->seconds; }
  bool is_fine(const Run& run) const { return is_fine_[kind_of(log_.samples[run.first])]; }

  void split_runs() {
    const double longest = stamp_steps(log_).longest_seconds;
    std::optional<Run> run;
    for (std::size_t i = 0; i < log_.samples.size(); ++i) {
      if (!log_.samples[i].values.stamp) continue;
      const bool begins_axis = std::binary_search(begins_.begin(), begins_.end(), i);
      if (!run) {
        run = Run{0, 0, false, i, i, 0};
      } else if (begins_axis || stamp(i) > stamp(run->last) + longest) {
        run->end = i;
        runs_.push_back(*run);
        run = Run{i, 0, begins_axis, i, i, 0};
      }
      run->last = i;
      ++run->stamps;
    }
    run->end = log_.samples.size();
    runs_.push_back(*run);
  }

  // Lines that failed before the first or after the last stamped one lie outside: the step is
  // between those two.
  std::optional<double> step_of(const Run& run) const {
    const double lines = slots_[run.last] - slots_[run.first];
    if (lines == 0.0) return std::nullopt;
    return (stamp(run.last) - stamp(run.first)) / lines;
  }

  // Stamps of a kind that was left for another go on where they would be. A clock that was set back
  // must not turn time round: the run follows the one before, at its own pace.
  void shift_to_axis(const Run& run) {
    auto& shift = shifts_[kind_of(log_.samples[run.first])];
    if (run.begin == 0) {
      shift = -stamp(run.first);
    } else if (run.begins_axis &&
               (!shift || stamp(run.first) + *shift < latest_ + kLeastStepSeconds)) {
      shift = latest_ + log_.interval_seconds - stamp(run.first);
    }
    shift_ = *shift;
  }

  void place_run(const Run& run, const Run* next) {
    const double own = step_of(run).value_or(0.0);
    const double step = own > 0.0 ? own : log_.interval_seconds;
    const double first = stamp(run.first) + shift_;
    const bool fine = is_fine(run);
    const double last_step = step_after_run(run, next, step);
    std::size_t known = run.first;  // the latest one with a time of its own
    double step_after_known = 0.0;
    for (std::size_t i = run.begin; i < run.end; ++i) {
      double time = first + (slots_[i] - slots_[run.first]) * step;
      if (fine && i >= run.first && i <= run.last) {
        if (log_.samples[i].values.stamp) {
          known = i;
          step_after_known = step_after(known, run);
        }
        time = stamp(known) + shift_ + (slots_[i] - slots_[known]) * step_after_known;
      } else if (i > run.last) {
        time = stamp(run.last) + shift_ + (slots_[i] - slots_[run.last]) * last_step;
      }
      if (i > run.begin || run.begin > 0) time = std::max(time, latest_ + kLeastStepSeconds);
      log_.samples[i].time_seconds = latest_ = time;
    }
  }

  // To the next stamp of the run, over lines without one.
  double step_after(std::size_t known, const Run& run) const {
    std::size_t next = known + 1;
    while (next <= run.last && !log_.samples[next].values.stamp) ++next;
    if (next > run.last) return 0.0;
    return (stamp(next) - stamp(known)) / (slots_[next] - slots_[known]);
  }

  // Lines without a stamp at a run's end stand before the next one.
  double step_after_run(const Run& run, const Run* next, double step) const {
    if (next == nullptr || next->begins_axis) return step;
    const double most =
        (stamp(next->first) - stamp(run.last)) / (slots_[next->first] - slots_[run.last]);
    return std::min(step, most);
  }

  // When the first line was written by the clock that most lines follow.
  TimeStamp reference() const {
    const Run* best = &runs_.front();
    std::size_t most = 0;
    for (std::size_t r = 0; r < runs_.size();) {
      const Run* begin = &runs_[r];
      std::size_t stamps = 0;
      do {
        stamps += runs_[r++].stamps;
      } while (r < runs_.size() && !runs_[r].begins_axis);
      if (stamps > most) best = begin;
      most = std::max(most, stamps);
    }
    TimeStamp reference = *log_.samples[best->first].values.stamp;
    reference.seconds -= log_.samples[best->first].time_seconds;
    reference.has_fraction = is_fine(*best);
    return reference;
  }

  TegrastatsLog& log_;
  std::vector<std::size_t> begins_;              // samples at which an axis begins
  std::vector<double> slots_;                    // the place of each sample in the file
  std::array<bool, 5> is_fine_{};                // by kind
  std::array<std::optional<double>, 5> shifts_;  // from stamps to times, by kind
  std::vector<Run> runs_;
  double shift_ = 0.0;
  double latest_ = 0.0;
};

void note_unstamped(TegrastatsLog& log) {
  std::size_t unstamped = 0;
  std::size_t line = 0;
  for (const TegrastatsSample& sample : log.samples) {
    if (sample.values.stamp) continue;
    if (unstamped++ == 0) line = sample.line;
  }
  if (unstamped == 0) return;
  log.notes.push_back(
      fmt::format("{} of {} lines carry no stamp, line {} first: placed an interval "
                  "apart beside those that do",
                  unstamped, log.samples.size(), line));
}

void note_other_interval(double stamped, double told, TegrastatsLog& log) {
  constexpr double kMostRatio = 1.5;
  if (stamped <= kMostRatio * told && told <= kMostRatio * stamped) return;
  log.notes.push_back(fmt::format(
      "the stamps are {:.3g} s apart and not {:g} s (--interval): the stamps are taken; "
      "where they are no times, cut them off",
      stamped, told));
}

// `interval_seconds` stands in where the stamps do not differ.
void place_by_stamps(const std::vector<Slot>& slots, TegrastatsLog& log, const std::string& path,
                     std::optional<double> interval_seconds) {
  note_unstamped(log);
  Placement placement(slots, log);
  const auto step = placement.mean_step();
  if (!step && !interval_seconds) {
    throw std::invalid_argument(
        path +
        ": fewer than two different stamps: no line has a length (--interval tells it, as in 1s)");
  }
  if (!step) require_interval(*interval_seconds);
  log.interval_seconds = step ? *step : *interval_seconds;
  if (step && interval_seconds) note_other_interval(*step, *interval_seconds, log);
  placement.place();
}

void place_by_interval(const std::vector<Slot>& slots, TegrastatsLog& log, const std::string& path,
                       std::optional<double> interval_seconds) {
  if (!interval_seconds) {
    const std::string why = log.notes.empty() ? "" : " (" + log.notes.back() + ")";
    throw std::invalid_argument(path + ": its lines carry no time" + why +
                                ": give the interval that tegrastats ran with (--interval)");
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
