#include "controllers/evaluation/run_timeline.h"

#include <algorithm>

namespace flyball {

namespace {

TimelineMoment moment_of(const EngineMoment& seen) {
  TimelineMoment moment;
  moment.seconds = seen.seconds;
  moment.watts = seen.watts;
  moment.celsius = seen.celsius;
  moment.in_system = seen.truth.unserved;
  moment.work = seen.work;
  moment.batch = seen.batch;
  moment.batches = seen.truth.batches;
  for (const ClockedDomain& domain : seen.domains) {
    moment.hertz.push_back(domain.effective_hz());
    moment.settings.push_back(domain.limits());
  }
  return moment;
}

// Time-weighted sums of the moments in a stretch.
class Mean {
 public:
  void add(const TimelineMoment& moment, double seconds) {
    if (mean_.hertz.empty()) mean_.hertz.assign(moment.hertz.size(), 0.0);
    seconds_ += seconds;
    mean_.watts += seconds * moment.watts;
    mean_.celsius += seconds * moment.celsius;
    mean_.in_system = std::max(mean_.in_system, moment.in_system);
    for (std::size_t d = 0; d < moment.hertz.size(); ++d) {
      mean_.hertz[d] += seconds * moment.hertz[d];
    }
  }
  bool is_empty() const { return seconds_ <= 0.0; }
  TimelineMoment get(double from_seconds) const {
    TimelineMoment moment = mean_;
    moment.seconds = from_seconds;
    moment.watts /= seconds_;
    moment.celsius /= seconds_;
    for (double& hertz : moment.hertz) hertz /= seconds_;
    return moment;
  }

 private:
  TimelineMoment mean_;
  double seconds_ = 0.0;
};

}  // namespace

double RunTimeline::energy_joules() const {
  double joules = 0.0;
  for (std::size_t i = 0; i < moments.size(); ++i) {
    const double until = i + 1 < moments.size() ? moments[i + 1].seconds : end_seconds;
    joules += moments[i].watts * (until - moments[i].seconds);
  }
  return joules;
}

void TimelineRecorder::see(const EngineMoment& seen) {
  if (is_over_) return;
  if (timeline_.domains.empty()) {
    for (const ClockedDomain& domain : seen.domains) timeline_.domains.push_back(domain.domain());
  }
  std::vector<TimelineMoment>& moments = timeline_.moments;
  if (!moments.empty() && moments.back().seconds == seen.seconds) moments.pop_back();
  moments.push_back(moment_of(seen));
  timeline_.end_seconds = seen.seconds;
  is_over_ = seen.truth.finished_seconds.has_value();
}

std::vector<TimelineMoment> thinned(const RunTimeline& timeline, double stride_seconds) {
  std::vector<TimelineMoment> thin;
  const std::vector<TimelineMoment>& moments = timeline.moments;
  std::size_t next = 0;
  for (std::size_t i = 0;; ++i) {
    const double from = static_cast<double>(i) * stride_seconds;
    if (from >= timeline.end_seconds) return thin;
    const double until = std::min(from + stride_seconds, timeline.end_seconds);
    Mean mean;
    while (next + 1 < moments.size() && moments[next + 1].seconds <= from) ++next;
    for (std::size_t m = next; m < moments.size() && moments[m].seconds < until; ++m) {
      const double begin = std::max(from, moments[m].seconds);
      const double end = std::min(until, m + 1 < moments.size() ? moments[m + 1].seconds : until);
      if (end > begin) mean.add(moments[m], end - begin);
    }
    if (!mean.is_empty()) thin.push_back(mean.get(from));
  }
}

}  // namespace flyball
