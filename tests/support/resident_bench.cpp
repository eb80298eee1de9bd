#include "tests/support/resident_bench.h"

namespace flyball {

ResidentBench::ResidentBench(std::unique_ptr<Governor> governor, Domain domain,
                             std::optional<double> start_hz)
    : governor_(std::move(governor)),
      plant_(std::make_unique<PlantDescription>()),
      requested_hz_(start_hz.value_or(domain.frequencies_hz.front())),
      floor_hz_(domain.frequencies_hz.front()),
      ceiling_hz_(domain.frequencies_hz.back()),
      cpus_(domain.cpus.size()) {
  plant_->cpus = static_cast<int>(domain.cpus.size());
  plant_->knobs = {{to_string(domain.kind), domain.frequencies_hz, {0}}};
  plant_->limits = {{0, static_cast<Level>(domain.frequencies_hz.size() - 1)}};
  plant_->domains = {std::move(domain)};
  governor_->reset({plant_.get(), plant_->knobs, plant_->limits});
}

double ResidentBench::step(double seconds, double busy) {
  gpu_busy_seconds_ += busy * seconds;
  return step_cpus(seconds, std::vector<double>(cpus_.size(), busy));
}

double ResidentBench::step_cpus(double seconds, const std::vector<double>& busy, double iowait) {
  time_seconds_ += seconds;
  for (std::size_t c = 0; c < cpus_.size(); ++c) {
    if (!cpus_[c].online) continue;
    cpus_[c].busy_seconds += busy[c] * seconds;
    cpus_[c].iowait_seconds += iowait * seconds;
    cpus_[c].idle_seconds += (1.0 - busy[c] - iowait) * seconds;
  }
  return decide();
}

void ResidentBench::set_limits(double floor_hz, double ceiling_hz) {
  floor_hz_ = floor_hz;
  ceiling_hz_ = ceiling_hz;
}

double ResidentBench::decide() {
  Telemetry telemetry;
  telemetry.time_seconds = time_seconds_;
  DomainTelemetry domain{requested_hz_, requested_hz_, floor_hz_, ceiling_hz_, {}, {}};
  if (plant_->domains[0].kind != DomainKind::kCpu) domain.busy_seconds = gpu_busy_seconds_;
  telemetry.domains.refill(time_seconds_) = {domain};
  telemetry.cpus.refill(time_seconds_) = cpus_;
  requested_hz_ = plant_->knobs[0].levels[governor_->decide({telemetry}).setting[0].ceiling];
  return requested_hz_;
}

}  // namespace flyball
