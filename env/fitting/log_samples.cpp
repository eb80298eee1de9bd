#include "env/fitting/log_samples.h"

#include <algorithm>

#include "env/span_cost.h"
#include "env/statistics.h"

namespace flyball {

LogSample LogSampler::sample(const Telemetry& telemetry) {
  LogSample sample;
  sample.time_seconds = telemetry.time_seconds;
  if (telemetry.total_watts) sample.watts = *telemetry.total_watts;
  if (gpu_ && telemetry.domains) {
    const DomainTelemetry& gpu = telemetry.domains->at(*gpu_);
    sample.gpu_hz = gpu.effective_hz;
    const double window = has_last_ ? telemetry.time_seconds - last_seconds_ : 0.0;
    counted_busy_ += gpu.utilization.value_or(0.0) * window;
    if (gpu.busy_seconds) {
      sample.gpu_busy_seconds = gpu.busy_seconds;
    } else if (gpu.utilization) {
      sample.gpu_busy_seconds = counted_busy_;
    }
  }
  if (telemetry.cpus) {
    for (const CpuTelemetry& cpu : *telemetry.cpus) sample.cpu_busy_seconds += cpu.busy_seconds;
  }
  const ApplicationTelemetry& application = *telemetry.application;
  sample.arrived = application.arrived;
  sample.served = application.served;
  sample.missed = application.missed;
  sample.batches = application.batches;
  sample.in_system = application.queue_length;
  sample.in_system_seconds = application.in_system_seconds;
  sample.latency_mean_seconds = application.latency_mean_seconds;
  sample.latency_max_seconds = application.latency_max_seconds;
  last_seconds_ = telemetry.time_seconds;
  has_last_ = true;
  return sample;
}

namespace {

void add_latencies(const LogSample& before, const LogSample& sample, std::vector<double>& all) {
  if (!sample.latency_mean_seconds || sample.served <= before.served) return;
  const std::uint64_t served = sample.served - before.served;
  const double mean = *sample.latency_mean_seconds;
  const double largest = sample.latency_max_seconds.value_or(mean);
  all.push_back(largest);
  if (served == 1) return;
  const auto others = static_cast<double>(served - 1);
  all.insert(all.end(), served - 1, (static_cast<double>(served) * mean - largest) / others);
}

}  // namespace

double StretchFigures::latency_seconds(double q) const { return nearest_rank(sorted_latencies, q); }

double StretchFigures::untuned_latency_seconds(double q) const {
  return nearest_rank(untuned_latencies, q);
}

double StretchFigures::missed_share() const {
  return arrived == 0 ? 0.0 : static_cast<double>(missed) / static_cast<double>(arrived);
}

StretchFigures figures_of(std::span<const LogSample> samples) {
  const LogSample& first = samples.front();
  const LogSample& last = samples.back();
  StretchFigures figures;
  figures.seconds = last.time_seconds - first.time_seconds;
  figures.energy_joules = 0.0;
  double hertz_seconds = 0.0;
  double clocked_seconds = 0.0;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const LogSample& before = samples[i - 1];
    const double seconds = samples[i].time_seconds - before.time_seconds;
    if (!before.watts || !samples[i].watts) {
      figures.energy_joules.reset();
    } else if (figures.energy_joules) {
      *figures.energy_joules += energy_between(*before.watts, *samples[i].watts, seconds);
    }
    if (before.gpu_hz) {
      hertz_seconds += *before.gpu_hz * seconds;
      clocked_seconds += seconds;
    }
    add_latencies(before, samples[i], figures.sorted_latencies);
    if (!samples[i].tuned_meanwhile) add_latencies(before, samples[i], figures.untuned_latencies);
  }
  std::sort(figures.sorted_latencies.begin(), figures.sorted_latencies.end());
  std::sort(figures.untuned_latencies.begin(), figures.untuned_latencies.end());
  if (clocked_seconds > 0.0) figures.gpu_hz = hertz_seconds / clocked_seconds;
  if (first.gpu_busy_seconds && last.gpu_busy_seconds && figures.seconds > 0.0) {
    figures.gpu_busy = (*last.gpu_busy_seconds - *first.gpu_busy_seconds) / figures.seconds;
  }
  if (figures.seconds > 0.0) {
    figures.cpu_busy = (last.cpu_busy_seconds - first.cpu_busy_seconds) / figures.seconds;
    figures.in_system = (last.in_system_seconds - first.in_system_seconds) / figures.seconds;
  }
  figures.arrived = last.arrived - first.arrived;
  figures.served = last.served - first.served;
  figures.missed = last.missed - first.missed;
  figures.batches = last.batches - first.batches;
  return figures;
}

StretchFigures pooled(std::span<const StretchFigures> stretches) {
  StretchFigures all;
  for (const StretchFigures& stretch : stretches) all.seconds += stretch.seconds;
  const auto sum = [&](std::optional<double> StretchFigures::*figure, bool by_time) {
    std::optional<double> total = 0.0;
    for (const StretchFigures& stretch : stretches) {
      if (!(stretch.*figure)) return std::optional<double>();
      *total += *(stretch.*figure) * (by_time ? stretch.seconds / all.seconds : 1.0);
    }
    return total;
  };
  all.energy_joules = sum(&StretchFigures::energy_joules, false);
  all.gpu_hz = sum(&StretchFigures::gpu_hz, true);
  all.gpu_busy = sum(&StretchFigures::gpu_busy, true);
  for (const StretchFigures& stretch : stretches) {
    const double share = stretch.seconds / all.seconds;
    all.cpu_busy += share * stretch.cpu_busy;
    all.in_system += share * stretch.in_system;
    all.arrived += stretch.arrived;
    all.served += stretch.served;
    all.missed += stretch.missed;
    all.batches += stretch.batches;
    all.sorted_latencies.insert(all.sorted_latencies.end(), stretch.sorted_latencies.begin(),
                                stretch.sorted_latencies.end());
    all.untuned_latencies.insert(all.untuned_latencies.end(), stretch.untuned_latencies.begin(),
                                 stretch.untuned_latencies.end());
  }
  std::sort(all.sorted_latencies.begin(), all.sorted_latencies.end());
  std::sort(all.untuned_latencies.begin(), all.untuned_latencies.end());
  return all;
}

std::vector<std::span<const LogSample>> cut_in_time(std::span<const LogSample> samples,
                                                    std::size_t blocks) {
  std::vector<std::span<const LogSample>> cut;
  const double begin = samples.front().time_seconds;
  const double span = samples.back().time_seconds - begin;
  std::size_t first = 0;
  for (std::size_t b = 1; b <= blocks; ++b) {
    const double end = begin + span * static_cast<double>(b) / static_cast<double>(blocks);
    std::size_t last = first;
    while (last + 1 < samples.size() && (b == blocks || samples[last + 1].time_seconds <= end)) {
      ++last;
    }
    if (last == first) continue;
    cut.push_back(samples.subspan(first, last - first + 1));
    first = last;
  }
  return cut;
}

}  // namespace flyball
