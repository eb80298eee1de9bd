#include "env/logs/log_arrivals.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace flyball {

namespace {

constexpr double kSameLatency = 1e-4;      // share by which latencies of a group may differ
constexpr double kClosedLoopShare = 0.95;  // of the rows with the usual number in the system
constexpr std::size_t kFewestRows = 20;    // to tell a closed loop
constexpr std::uint64_t kEndless = std::numeric_limits<std::uint64_t>::max() / 4;

const ApplicationTelemetry& shown(const TelemetryRow& row) { return *row.telemetry.application; }

// Whether requests that leave within one row came together, by majority.
bool come_in_groups(std::span<const TelemetryRow> rows) {
  std::size_t together = 0;
  std::size_t several = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const ApplicationTelemetry& now = shown(rows[i]);
    if (now.served < shown(rows[i - 1]).served + 2) continue;
    if (!now.latency_mean_seconds || !now.latency_max_seconds) continue;
    ++several;
    const double spread = *now.latency_max_seconds - *now.latency_mean_seconds;
    together += spread <= kSameLatency * *now.latency_max_seconds ? 1 : 0;
  }
  return 2 * together > several;
}

// The number that is in the system nearly always, where there is one.
std::optional<std::size_t> closed_loop(std::span<const TelemetryRow> rows) {
  if (rows.size() < kFewestRows) return std::nullopt;
  std::map<std::uint64_t, std::size_t> counts;
  for (const TelemetryRow& row : rows.subspan(1)) ++counts[shown(row).queue_length];
  const auto usual =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  const double share = static_cast<double>(usual->second) / static_cast<double>(rows.size() - 1);
  if (usual->first == 0 || share < kClosedLoopShare) return std::nullopt;
  if (shown(rows.back()).served <= shown(rows.front()).served + 2 * usual->first) {
    return std::nullopt;  // hardly anything was served
  }
  return usual->first;
}

// Which requests come together.
struct Grouping {
  std::size_t size = 1;     // so many, always
  bool whole_rows = false;  // all that come within one row
};

Grouping find_grouping(std::span<const TelemetryRow> rows) {
  std::uint64_t common = shown(rows.front()).queue_length;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    common = std::gcd(common, shown(rows[i]).arrived - shown(rows[i - 1]).arrived);
  }
  if (common > 1) return {static_cast<std::size_t>(common), false};
  return {1, come_in_groups(rows)};
}

// What happened between two rows.
struct Span {
  double begin_seconds = 0.0;  // since the first row
  double seconds = 0.0;
  std::size_t arrived = 0;
  std::size_t left = 0;     // served or given up
  bool all_served = false;  // of these
  double in_system_seconds = 0.0;
  double latency_sum_seconds = 0.0;
  double latency_mean_seconds = 0.0;
  std::size_t before = 0;  // in the system at the beginning
};

// Follows the requests through the log, first come, first served.
class Reconstruction {
 public:
  explicit Reconstruction(Grouping grouping) : grouping_(grouping) {}

  void add(const Span& span, std::optional<double> limit) {
    const std::size_t old = std::min(span.left, waiting_.size());
    const std::size_t at_once = std::min(span.arrived, span.left - old);
    const std::size_t staying = span.arrived - at_once;
    const double begun = take_oldest(old, span.begin_seconds);
    const double age = staying > 0 ? mean_age(span, old, staying, begun) : 0.5 * span.seconds;
    const double mean = span.seconds - age;
    const double half = grouping_.whole_rows ? 0.0 : std::min(mean, age);
    const double latest =
        staying > 0 ? mean - half : std::max(0.0, span.seconds - span.latency_mean_seconds);
    // A group of which some were served within the row stays with the others.
    const std::size_t early = at_once - at_once % grouping_.size;
    place(span.begin_seconds, {0.0, latest}, early, limit);
    place(span.begin_seconds, {mean - half, mean + half}, span.arrived - early, limit);
    for (std::size_t k = 0; k < staying; ++k) {
      waiting_.push_back(span.begin_seconds + middle_of({mean - half, mean + half}, k, staying));
    }
  }

  std::vector<Arrival> take() { return std::move(arrivals_); }

 private:
  struct Window {
    double low = 0.0;
    double high = 0.0;
  };

  // Of the `part`th of so many equal parts of a window.
  static double middle_of(Window window, std::size_t part, std::size_t parts) {
    const double share = (static_cast<double>(part) + 0.5) / static_cast<double>(parts);
    return window.low + share * (window.high - window.low);
  }

  // The sum of their arrivals, since the span's begin.
  double take_oldest(std::size_t count, double begin_seconds) {
    double sum = 0.0;
    for (std::size_t k = 0; k < count; ++k) {
      sum += waiting_.front() - begin_seconds;
      waiting_.pop_front();
    }
    return sum;
  }

  // At the span's end, of those that came within it and stay. Time in the system less the latencies
  // of those that left is theirs, and that of the others that were there all the time.
  static double mean_age(const Span& span, std::size_t old, std::size_t staying, double begun) {
    if (!span.all_served) return 0.5 * span.seconds;
    const auto others = static_cast<double>(span.before - std::min(span.before, old));
    const double sum =
        span.in_system_seconds - span.latency_sum_seconds - others * span.seconds - begun;
    return std::clamp(sum / static_cast<double>(staying), 0.0, span.seconds);
  }

  void place(double begin_seconds, Window window, std::size_t requests,
             std::optional<double> limit) {
    const std::size_t size =
        grouping_.whole_rows ? std::max<std::size_t>(requests, 1) : grouping_.size;
    const std::size_t groups = (requests + size - 1) / size;
    for (std::size_t g = 0; g < groups; ++g) {
      const double time = begin_seconds + middle_of(window, g, groups);
      const double last = arrivals_.empty() ? 0.0 : arrivals_.back().time_seconds;
      arrivals_.push_back({std::max(time, last), std::min(size, requests - g * size), limit});
    }
  }

  Grouping grouping_;
  std::deque<double> waiting_;  // arrivals of those in the system
  std::vector<Arrival> arrivals_;
};

Span span_between(const TelemetryRow& from, const TelemetryRow& to, double first_seconds) {
  const ApplicationTelemetry& before = shown(from);
  const ApplicationTelemetry& after = shown(to);
  Span span;
  span.begin_seconds = from.telemetry.time_seconds - first_seconds;
  span.seconds = to.telemetry.time_seconds - from.telemetry.time_seconds;
  span.arrived = after.arrived - before.arrived;
  span.left = before.queue_length + span.arrived - after.queue_length;
  const std::size_t served = after.served - before.served;
  span.all_served = served == span.left && (served == 0 || after.latency_mean_seconds);
  span.in_system_seconds = after.in_system_seconds - before.in_system_seconds;
  span.latency_mean_seconds = after.latency_mean_seconds.value_or(0.0);
  span.latency_sum_seconds = span.latency_mean_seconds * static_cast<double>(served);
  span.before = before.queue_length;
  return span;
}

}  // namespace

Arrivals logged_arrivals(std::span<const TelemetryRow> rows) {
  if (const std::optional<std::size_t> batch = closed_loop(rows)) {
    const bool finished = shown(rows.back()).finished || rows.back().terminated;
    const std::uint64_t requests =
        shown(rows.back()).arrived - shown(rows.front()).arrived + shown(rows.front()).queue_length;
    return ClosedLoop{finished ? requests : kEndless, *batch, shown(rows.back()).deadline_seconds};
  }
  const double first_seconds = rows.front().telemetry.time_seconds;
  Reconstruction reconstruction(find_grouping(rows));
  std::optional<double> limit;
  for (const TelemetryRow& row : rows) {
    limit = shown(row).deadline_seconds;
    if (limit) break;
  }
  // Those that were there before the log begins arrive with it.
  Span there;
  there.arrived = shown(rows.front()).queue_length;
  reconstruction.add(there, limit);
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    if (shown(rows[i + 1]).deadline_seconds) limit = shown(rows[i + 1]).deadline_seconds;
    reconstruction.add(span_between(rows[i], rows[i + 1], first_seconds), limit);
  }
  return reconstruction.take();
}

}  // namespace flyball
