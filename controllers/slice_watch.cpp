#include "controllers/slice_watch.h"

#include <algorithm>

namespace flyball {

void SliceWatch::begin(const Telemetry& telemetry) {
  first_ = telemetry;
  longest_seconds_ = 0.0;
}

SliceFigures SliceWatch::look(const Telemetry& telemetry) {
  SliceFigures figures;
  if (telemetry.application && first_.application) look_at_requests(telemetry, figures);
  look_at_load(telemetry, figures);
  return figures;
}

void SliceWatch::look_at_requests(const Telemetry& telemetry, SliceFigures& figures) {
  const ApplicationTelemetry& now = *telemetry.application;
  const bool began_anew = now.served < first_.application->served;  // it counts from 0 again
  const ApplicationTelemetry then = began_anew ? ApplicationTelemetry{} : *first_.application;
  const auto served = static_cast<double>(now.served - then.served);
  const auto missed = static_cast<double>(now.missed - then.missed);
  const double mean =
      served > 0.0 ? (now.in_system_seconds - then.in_system_seconds) / served : 0.0;
  const double waited =
      served > 0.0 || now.queue_length == 0
          ? 0.0
          : telemetry.application.time_seconds() - first_.application.time_seconds();
  longest_seconds_ = std::max(longest_seconds_, now.latency_max_seconds.value_or(0.0));
  if (now.slack_seconds && *now.slack_seconds < 0.0) figures.violated = true;
  if (missed > limit_.miss_share * served && missed > 0.0) figures.violated = true;
  if (limit_.latency_seconds) {
    figures.used = std::max(mean, waited) / *limit_.latency_seconds;
  } else if (now.deadline_seconds) {
    figures.used = std::max({mean, waited, longest_seconds_}) / *now.deadline_seconds;
  }
  if (figures.used > 1.0) figures.violated = true;
}

// The share of busy time by the kernel's counters, or by the load files where there are none.
void SliceWatch::look_at_load(const Telemetry& telemetry, SliceFigures& figures) const {
  const auto raise = [&](double busy) {
    figures.busy = std::max(figures.busy.value_or(0.0), busy);
  };
  if (telemetry.cpus && first_.cpus) {
    const std::size_t cpus = std::min(telemetry.cpus->size(), first_.cpus->size());
    for (std::size_t i = 0; i < cpus; ++i) {
      const CpuTelemetry& now = (*telemetry.cpus)[i];
      const CpuTelemetry& then = (*first_.cpus)[i];
      const double busy = now.busy_seconds - then.busy_seconds;
      const double all =
          busy + now.idle_seconds - then.idle_seconds + now.iowait_seconds - then.iowait_seconds;
      if (now.online && then.online && all > 0.0) raise(busy / all);
    }
  }
  if (!telemetry.domains || !first_.domains) return;
  const double seconds = telemetry.domains.time_seconds() - first_.domains.time_seconds();
  for (std::size_t d = 0; d < telemetry.domains->size(); ++d) {
    const DomainTelemetry& now = (*telemetry.domains)[d];
    const DomainTelemetry& then = (*first_.domains)[d];
    if (now.busy_seconds && then.busy_seconds && seconds > 0.0) {
      raise((*now.busy_seconds - *then.busy_seconds) / seconds);
    } else if (now.utilization) {
      raise(*now.utilization);
    }
  }
}

}  // namespace flyball
