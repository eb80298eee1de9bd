#include "env/logs/clock_offset.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include "env/module_power.h"
#include "env/statistics.h"

namespace flyball {

namespace {

constexpr double kDaySeconds = 86400.0;
constexpr double kGridSeconds = 0.05;
constexpr double kLargestOffsetSeconds = 10.0;
constexpr double kClearCorrelation = 0.3;    // below, the best offset is chance
constexpr std::size_t kMostSamples = 20000;  // more do not sharpen the estimate

// What the board shows at one line.
struct Activity {
  double time_seconds = 0.0;
  std::optional<double> gpu_load;
  std::optional<double> watts;  // of all rails together; absent where the line lacks one
};

std::vector<Activity> activities(const TegrastatsLog& log) {
  const std::size_t stride = log.samples.size() / kMostSamples + 1;
  std::size_t rails = 1;
  for (const TegrastatsSample& sample : log.samples) {
    rails = std::max(rails, sample.values.rails.size());
  }
  std::vector<Activity> result;
  for (std::size_t i = 0; i < log.samples.size(); i += stride) {
    const TegrastatsSample& sample = log.samples[i];
    Activity activity;
    activity.time_seconds = sample.time_seconds;
    const TegrastatsEngine* gpu = sample.values.find_engine("GR3D_FREQ");
    if (gpu) activity.gpu_load = gpu->load;
    if (sample.values.rails.size() == rails) {
      activity.watts = 0.0;
      for (const TegrastatsRail& rail : sample.values.rails) *activity.watts += rail.now_watts;
    }
    result.push_back(activity);
  }
  return result;
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double mean_x = 0.0;
  double mean_y = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += x[i] / n;
    mean_y += y[i] / n;
  }
  double xy = 0.0;
  double xx = 0.0;
  double yy = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean_x) * (y[i] - mean_y);
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
  }
  return xx > 0.0 && yy > 0.0 ? xy / std::sqrt(xx * yy) : 0.0;
}

// Whether a request is in service, on a grid over the log's time and the largest offset around it.
class Service {
 public:
  Service(std::span<const LoggedRequest> requests, double shift_seconds, double span_seconds,
          double window_seconds)
      : origin_(-kLargestOffsetSeconds - 1.0) {
    const auto size = static_cast<std::size_t>((span_seconds - 2.0 * origin_) / kGridSeconds) + 2;
    std::vector<int> change(size + 1, 0);
    for (const LoggedRequest& request : requests) {
      if (request.timed_out) continue;
      const double begin = request.queue_exit_seconds.value_or(request.arrival_seconds);
      ++change[index(begin + shift_seconds, size)];
      --change[index(request.completion_seconds + shift_seconds, size)];
    }
    const auto window =
        std::max<std::size_t>(1, static_cast<std::size_t>(window_seconds / kGridSeconds));
    const double share = kGridSeconds / (kSensorLagSeconds + kGridSeconds);
    std::vector<double> busy(size);
    int in_service = 0;
    double lagged = 0.0;
    double in_window = 0.0;
    for (std::size_t i = 0; i < size; ++i) {
      in_service += change[i];
      busy[i] = in_service > 0 ? 1.0 : 0.0;
      lagged += share * (busy[i] - lagged);
      in_window += busy[i] - (i >= window ? busy[i - window] : 0.0);
      lagged_.push_back(lagged);
      windowed_.push_back(in_window / static_cast<double>(window));
    }
  }

  double lagged(double time_seconds) const { return lagged_[index(time_seconds, lagged_.size())]; }
  double windowed(double time_seconds) const {
    return windowed_[index(time_seconds, windowed_.size())];
  }

 private:
  std::size_t index(double time_seconds, std::size_t size) const {
    const double i = (time_seconds - origin_) / kGridSeconds;
    return static_cast<std::size_t>(std::clamp(i, 0.0, static_cast<double>(size - 1)));
  }
  double origin_;
  std::vector<double> lagged_;
  std::vector<double> windowed_;
};

// How well the board's activity follows the requests if their clock is ahead by `offset_seconds`.
double score(const std::vector<Activity>& board, const Service& service, double offset_seconds) {
  std::vector<double> power, lagged, load, windowed;
  for (const Activity& activity : board) {
    const double at = activity.time_seconds + offset_seconds;
    if (activity.watts) {
      power.push_back(*activity.watts);
      lagged.push_back(service.lagged(at));
    }
    if (activity.gpu_load) {
      load.push_back(*activity.gpu_load);
      windowed.push_back(service.windowed(at));
    }
  }
  const double by_power = correlation(lagged, power);
  if (load.empty()) return by_power;
  if (power.empty()) return std::max(correlation(windowed, load), 0.0);
  const double by_load = correlation(windowed, load);
  return std::max(0.5 * (by_power + by_load), 0.0);
}

// The request offset for a given UTC offset, and its correlation.
ClockOffset best_request_offset(const std::vector<Activity>& board, const TegrastatsLog& log,
                                double first_seconds, std::span<const LoggedRequest> requests,
                                double utc_offset_hours, std::optional<double> given) {
  const double start = first_seconds - 3600.0 * utc_offset_hours;
  const Service service(requests, -start, log.samples.back().time_seconds, log.interval_seconds);
  if (given) return {utc_offset_hours, 0.0, *given, score(board, service, *given)};
  ClockOffset best{utc_offset_hours, 0.0, 0.0, -1.0};
  const auto steps = static_cast<int>(kLargestOffsetSeconds / kGridSeconds);
  for (int step = -steps; step <= steps; ++step) {
    const double offset = step * kGridSeconds;
    const double found = score(board, service, offset);
    if (found > best.correlation) best = {utc_offset_hours, 0.0, offset, found};
  }
  return best;
}

// A request offset that is known has been taken off; one that is not may be as large as any.
std::size_t arrivals_inside(const TegrastatsLog& log, double first_seconds,
                            std::span<const LoggedRequest> requests, double utc_offset_hours,
                            std::optional<double> request_offset_seconds) {
  const double margin = request_offset_seconds ? 0.0 : kLargestOffsetSeconds;
  const double start =
      first_seconds - 3600.0 * utc_offset_hours + request_offset_seconds.value_or(0.0);
  const double end = start + log.samples.back().time_seconds;
  return static_cast<std::size_t>(
      std::count_if(requests.begin(), requests.end(), [&](const LoggedRequest& request) {
        return request.arrival_seconds >= start - margin && request.arrival_seconds <= end + margin;
      }));
}

// The UTC offsets under which most requests fall into the log.
std::vector<double> utc_offsets(const TegrastatsLog& log, double first_seconds,
                                std::span<const LoggedRequest> requests,
                                std::optional<double> request_offset_seconds) {
  std::vector<double> best;
  std::size_t most = 1;
  for (int quarter = -12 * 4; quarter <= 14 * 4; ++quarter) {
    const double hours = quarter / 4.0;
    const std::size_t inside =
        arrivals_inside(log, first_seconds, requests, hours, request_offset_seconds);
    if (inside > most) best.clear();
    if (inside >= most) {
      best.push_back(hours);
      most = inside;
    }
  }
  return best;
}

// A stamp of a leap year in the year that brings it nearest to `seconds`.
double in_nearest_year(double stamp_seconds, double seconds) {
  namespace chrono = std::chrono;
  const auto day = chrono::sys_days(chrono::days(static_cast<int>(stamp_seconds / kDaySeconds)));
  const double time_of_day = std::fmod(stamp_seconds, kDaySeconds);
  const chrono::year_month_day date(day);
  const chrono::year_month_day near(
      chrono::sys_days(chrono::days(static_cast<int>(seconds / kDaySeconds))));
  double best = stamp_seconds;
  for (int shift = -1; shift <= 1; ++shift) {
    const chrono::year_month_day moved(near.year() + chrono::years(shift), date.month(),
                                       date.day());
    if (!moved.ok()) continue;
    const auto days = chrono::sys_days(moved).time_since_epoch().count();
    const double candidate = static_cast<double>(days) * kDaySeconds + time_of_day;
    if (std::abs(candidate - seconds) < std::abs(best - seconds)) best = candidate;
  }
  return best;
}

// Every day on which, somewhere on Earth, a request arrives: midnights, ascending.
std::vector<double> days_of(std::span<const LoggedRequest> requests) {
  std::vector<double> days;
  for (const LoggedRequest& request : requests) {
    const double day = std::floor(request.arrival_seconds / kDaySeconds) * kDaySeconds;
    for (const double near : {day - kDaySeconds, day, day + kDaySeconds}) {
      const auto at = std::lower_bound(days.begin(), days.end(), near);
      if (at == days.end() || *at != near) days.insert(at, near);
    }
  }
  return days;
}

// When the first line may have been written: its stamp, on each day of the requests where it has
// no date. One request of long ago decides nothing of the year.
std::vector<double> dated_stamps(const TegrastatsLog& log,
                                 std::span<const LoggedRequest> requests) {
  if (!log.first_stamp || log.first_stamp->kind == StampKind::kRelative) {
    throw std::invalid_argument(
        "requests cannot be joined: the board's lines carry no date or time; say with --start when "
        "the first one was written (epoch seconds or ISO 8601)");
  }
  const TimeStamp& first = *log.first_stamp;
  if (first.kind == StampKind::kTimeOfDay && !requests.empty()) {
    std::vector<double> days = days_of(requests);
    for (double& day : days) day += first.seconds;
    return days;
  }
  if (first.kind == StampKind::kYearless && !requests.empty()) {
    std::vector<double> arrivals;
    for (const LoggedRequest& request : requests) arrivals.push_back(request.arrival_seconds);
    return {in_nearest_year(first.seconds, upper_median(std::move(arrivals)))};
  }
  return {first.seconds};
}

// A reading of the first line's stamp.
struct Candidate {
  double first_seconds = 0.0;
  double utc_offset_hours = 0.0;
  std::size_t inside = 0;  // requests that arrive while the board is logged
};

// Those under which many requests fall into the log, the best for each day; the nearest to UTC
// first.
std::vector<Candidate> candidates_of(const TegrastatsLog& log, const std::vector<double>& firsts,
                                     std::span<const LoggedRequest> requests,
                                     std::optional<double> utc_offset_hours,
                                     std::optional<double> request_offset_seconds) {
  constexpr std::size_t kMost = 60;  // of several days
  std::vector<Candidate> candidates;
  std::size_t most = 1;
  for (const double first : firsts) {
    const std::vector<double> offsets =
        utc_offset_hours ? std::vector<double>{*utc_offset_hours}
                         : utc_offsets(log, first, requests, request_offset_seconds);
    for (const double hours : offsets) {
      const std::size_t inside =
          arrivals_inside(log, first, requests, hours, request_offset_seconds);
      candidates.push_back({first, hours, inside});
      most = std::max(most, inside);
    }
  }
  // A day with a stray request, or the edge of a day, is not the log's.
  std::erase_if(candidates, [&](const Candidate& c) { return 2 * c.inside < most; });
  if (firsts.size() == 1) return candidates;
  std::stable_sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
    return std::abs(a.utc_offset_hours) < std::abs(b.utc_offset_hours);
  });
  if (candidates.size() > kMost) candidates.resize(kMost);
  return candidates;
}

}  // namespace

ClockOffset estimate_clock_offset(const TegrastatsLog& tegrastats,
                                  std::span<const LoggedRequest> requests,
                                  std::optional<double> utc_offset_hours,
                                  std::optional<double> request_offset_seconds) {
  const std::vector<double> firsts = dated_stamps(tegrastats, requests);
  if (tegrastats.first_stamp->kind == StampKind::kUtc) utc_offset_hours = 0.0;
  const std::vector<Candidate> candidates =
      candidates_of(tegrastats, firsts, requests, utc_offset_hours, request_offset_seconds);
  if (candidates.empty()) {
    const auto [earliest, latest] = std::minmax_element(
        requests.begin(), requests.end(),
        [](const auto& a, const auto& b) { return a.arrival_seconds < b.arrival_seconds; });
    throw std::invalid_argument(fmt::format(
        "no request arrives while the board was logged: its stamps go from {:.1f} to {:.1f} s "
        "since "
        "1970 (give --utc-offset where they are local time), the requests arrive from {:.1f} to "
        "{:.1f}{}: do the logs belong together, is a unit or --start wrong?",
        firsts.front(), firsts.back() + tegrastats.samples.back().time_seconds,
        earliest->arrival_seconds, latest->arrival_seconds,
        request_offset_seconds
            ? fmt::format(", {:g} s ahead (--request-offset)", *request_offset_seconds)
            : ""));
  }
  const std::vector<Activity> board = activities(tegrastats);
  ClockOffset best{0.0, 0.0, 0.0, -2.0};
  Candidate chosen;
  for (const Candidate& candidate : candidates) {
    const ClockOffset found =
        best_request_offset(board, tegrastats, candidate.first_seconds, requests,
                            candidate.utc_offset_hours, request_offset_seconds);
    if (found.correlation <= best.correlation) continue;
    best = found;
    chosen = candidate;
  }
  if (!request_offset_seconds && best.correlation < kClearCorrelation) {
    best.request_offset_seconds = 0.0;
    best.is_assumed = true;
  }
  best.first_seconds = chosen.first_seconds - 3600.0 * best.utc_offset_hours;
  if (firsts.size() > 1) {
    best.day_seconds = std::floor(chosen.first_seconds / kDaySeconds) * kDaySeconds;
    best.day_is_assumed =
        best.correlation < kClearCorrelation &&
        std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
          return candidate.first_seconds != chosen.first_seconds;
        });
  }
  return best;
}

}  // namespace flyball
