// The engine's view of the board: what is published, integrated and shown.
#include <algorithm>

#include "env/module_power.h"
#include "env/sim/engine.h"

namespace flyball {

// Integrates what was published last, up to now.
void Engine::settle() {
  const double elapsed = now_ - settled_;
  application_.settle(now_, truth_);
  if (elapsed <= 0.0) return;
  settled_ = now_;
  const double celsius_before = thermal_.junction_celsius();
  thermal_.advance(elapsed, meter_.true_watts() - published_.board.fan_watts);
  if (!truth_.finished_seconds) count_heat(elapsed, celsius_before);
  const double joules_before = truth_.energy_joules;
  meter_.settle(now_, truth_);
  budget_.settle(now_);
  if (budget_.rung() > 0) truth_.power_capped_seconds += elapsed;
  if (thermal_steps_ > 0) truth_.thermal_capped_seconds += elapsed;
  WorkShare& share = truth_.work[static_cast<std::size_t>(published_.work)];
  share.seconds += elapsed;
  share.joules += truth_.energy_joules - joules_before;
  truth_.seconds = now_;
  for (std::size_t d = 0; d < domains_.size(); ++d) {
    truth_.residency_seconds[d][published_.levels[d]] += elapsed;
    busy_seconds_[d] += published_.busy[d] * elapsed;
  }
  for (std::size_t c = 0; c < cpus_.size(); ++c) {
    if (!cpus_[c].online) continue;
    count_cpu(c, elapsed, cpus_[c]);
  }
  if (!published_.board.gpu_powered) truth_.gpu_railgated_seconds += elapsed;
  if (published_.board.accelerator_busy) truth_.accelerator_seconds += elapsed;
}

// By the trapezoid: between two looks at the temperature it moves little.
void Engine::count_heat(double elapsed, double celsius_before) {
  const double celsius = thermal_.junction_celsius();
  truth_.celsius_seconds += elapsed * 0.5 * (celsius_before + celsius);
  truth_.highest_celsius = std::max(truth_.highest_celsius, celsius);
}

void Engine::publish() {
  settle();
  const ApplicationLoad load = application_.load();
  const bool was_busy = published_.board.accelerator_busy;
  published_.work = load.work;
  published_.board.accelerator_busy = load.accelerator_busy;
  published_.board.preparing = load.preparing;
  published_.board.batch = load.batch;
  published_.board.celsius = thermal_.junction_celsius();
  published_.board.fan_watts = thermal_.fan_watts() + load.radio_watts;
  follow_accelerator(was_busy);
  published_.board.gpu_powered = gpu_powered_;
  publish_clocks(load);
  const std::span<double> watts(watts_.data(), config_.board.rails.size());
  load.model->rail_watts(published_.board, watts);
  if (load.module_watts) {
    const double total = module_power(config_.board, std::span<const double>(watts));
    for (double& w : watts) w *= *load.module_watts / total;
  }
  meter_.publish(watts);
  budget_.publish(meter_.true_watts());
  truth_.unserved = application_.in_system();
  if (!truth_.finished_seconds && application_.is_finished()) {
    truth_.finished_seconds = now_;
    truth_.finished_joules = truth_.energy_joules;
    truth_.finished_residency_seconds = truth_.residency_seconds;
  }
  changed_ = false;
  show_moment();
  wake_residents();
}

void Engine::publish_clocks(const ApplicationLoad& load) {
  BoardState& board = published_.board;
  std::fill(published_.cpu_activity.begin(), published_.cpu_activity.end(), 0.0);
  published_.cpu_activity[server_cpu_] = load.server.cpu;
  published_.server_iowait = load.server.iowait;
  double& preparing = published_.cpu_activity[preparing_cpu_];
  preparing = std::min(1.0, preparing + load.preparing_cpu);
  for (std::size_t c = 0; c < cpus_.size(); ++c) {
    double& activity = published_.cpu_activity[c];
    activity = std::min(1.0, activity + application_.processes().used(c));
  }
  for (std::size_t d = 0; d < domains_.size(); ++d) {
    board.effective_hz[d] = domains_[d].effective_hz();
    const bool has_changed = published_.levels[d] != domains_[d].effective();
    if (has_changed && !truth_.finished_seconds) ++truth_.clock_changes[d];
    published_.levels[d] = domains_[d].effective();
    board.activity[d] = 0.0;
    board.cpus_online[d] = 0;
    for (const int cpu : description_.domains[d].cpus) {
      const auto c = static_cast<std::size_t>(cpu);
      board.activity[d] += published_.cpu_activity[c];
      board.cpus_online[d] += cpus_[c].online ? 1 : 0;
    }
  }
  if (gpu_) {
    board.activity[*gpu_] = load.server.gpu;
    published_.busy[*gpu_] = load.accelerator_busy ? 1.0 : 0.0;
  }
  if (emc_) {
    board.activity[*emc_] = load.server.emc;
    published_.busy[*emc_] = load.server.emc;
  }
}

void Engine::show_moment() const {
  if (config_.watcher == nullptr) return;
  config_.watcher->see({now_, meter_.true_watts(), thermal_.junction_celsius(),
                        truth_.shut_down_seconds ? WorkKind::kServing : published_.work,
                        truth_.shut_down_seconds ? 0 : published_.board.batch, domains_, truth_});
}

// Powers the GPU when it has work, and starts its railgating delay when that ends.
void Engine::follow_accelerator(bool was_busy) {
  const bool busy = published_.board.accelerator_busy;
  if (busy && !was_busy) {
    gpu_powered_ = true;
    railgate_at_ = kNever;
  } else if (!busy && was_busy && config_.railgate_seconds && railgating_ == Railgating::kAllowed) {
    railgate_at_ = now_ + *config_.railgate_seconds;
  }
}

double Engine::busy_now_seconds(std::size_t domain) const {
  return busy_seconds_[domain] + published_.busy[domain] * (now_ - settled_);
}

void Engine::fill_domains(std::vector<DomainTelemetry>& domains) const {
  domains.resize(domains_.size());
  for (std::size_t d = 0; d < domains_.size(); ++d) fill_domain(d, domains[d]);
}

void Engine::fill_domain(std::size_t d, DomainTelemetry& shown) const {
  const ClockedDomain& clock = domains_[d];
  const std::vector<double>& table = clock.domain().frequencies_hz;
  const LevelRange limits = clock.limits();
  shown.requested_hz = clock.requested_hz();
  shown.effective_hz = clock.effective_hz();
  shown.floor_hz = table[limits.floor];
  shown.ceiling_hz = table[limits.ceiling];
  if (clock.domain().kind != DomainKind::kCpu) shown.busy_seconds = busy_now_seconds(d);
}

void Engine::fill_cpus(std::vector<CpuTelemetry>& cpus) const {
  cpus = cpus_;
  const double elapsed = now_ - settled_;
  for (std::size_t c = 0; c < cpus.size(); ++c) {
    if (!cpus[c].online) continue;
    count_cpu(c, elapsed, cpus[c]);
  }
}

// An idle CPU counts as waiting for I/O while a thread that sleeps on it waits for storage.
void Engine::count_cpu(std::size_t c, double elapsed, CpuTelemetry& cpu) const {
  const double busy = published_.cpu_activity[c];
  const double idle = 1.0 - busy;
  const double iowait = c == server_cpu_ ? std::min(idle, published_.server_iowait) : 0.0;
  cpu.busy_seconds += busy * elapsed;
  cpu.iowait_seconds += iowait * elapsed;
  cpu.idle_seconds += (idle - iowait) * elapsed;
}

void Engine::fill(Telemetry& telemetry) {
  settle();
  telemetry.time_seconds = now_;
  std::vector<DomainTelemetry>& domains = telemetry.domains.refill(now_);
  fill_domains(domains);
  const double window = now_ - last_fill_;
  for (std::size_t d = 0; d < domains_.size(); ++d) {
    if (domains_[d].domain().kind == DomainKind::kCpu) continue;
    if (window > 0.0) {
      shown_utilization_[d] = std::min(1.0, (busy_seconds_[d] - busy_at_fill_[d]) / window);
      busy_at_fill_[d] = busy_seconds_[d];
    }
    domains[d].utilization = gpu_ == d && !gpu_powered_ ? 0.0 : shown_utilization_[d];
  }
  last_fill_ = now_;
  fill_cpus(telemetry.cpus.refill(now_));
  auto& rails = telemetry.rail_watts.refill(now_);
  meter_.read_rails(sensor_random_, rails);
  telemetry.total_watts.clear();
  if (const auto total =
          module_power(config_.board, std::span<const std::optional<double>>(rails))) {
    telemetry.total_watts.refill(now_) = *total;
  }
  telemetry.temperatures_celsius.refill(now_).assign(config_.board.zones.size(),
                                                     thermal_.junction_celsius());
  ApplicationTelemetry& application = telemetry.application.refill(now_);
  application_.fill(now_, truth_, application);
  if (truth_.shut_down_seconds) application.finished = true;  // nothing more will be served
}

}  // namespace flyball
