// The engine's residents: the timers of the kernel's governors, and when they stall.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "env/sim/engine.h"

namespace flyball {

void Engine::set_resident(std::size_t domain, std::unique_ptr<Governor> governor) {
  Resident& resident = residents_.at(domain);
  resident = Resident{};
  if (!governor) return;
  GovernorScope scope;
  scope.plant = &description_;
  const Domain& clocked = description_.domains[domain];
  scope.knobs = {{clocked.name, clocked.frequencies_hz, {domain}}};
  scope.limits = {domain_limits(clocked, config_.mode, config_.cpu_floor_hz)};
  governor->reset(scope);
  resident.period = governor->period();
  if (!(resident.period.seconds > 0.0)) {
    throw std::invalid_argument(fmt::format("{}: its period is {} s, must be > 0", governor->name(),
                                            resident.period.seconds));
  }
  resident.governor = std::move(governor);
  resident.last_seconds = now_;
  resident.busy_at_last = busy_now_seconds(domain);
  // What does not wait for anything decides at once; a poll needs a window first.
  resident.next_seconds = resident.period.deferrable ? next_grid_tick(resident, now_) : now_;
  next_event_ = std::min(next_event_, resident.next_seconds);
}

void Engine::run_residents() {
  bool shown = false;
  for (std::size_t d = 0; d < residents_.size(); ++d) {
    Resident& resident = residents_[d];
    if (resident.next_seconds > now_) continue;
    if (resident.period.deferrable && !may_poll(d, application_.load())) {
      resident.next_seconds = kNever;
      resident.stalled = true;
      // A stalled grid goes on: the window that ends here is thrown away.
      if (follows_gpu(d)) resident.busy_at_last = busy_now_seconds(d);
      continue;
    }
    if (!shown) show_residents();
    shown = true;
    poll(d);
    resident.next_seconds =
        follows_gpu(d) ? next_grid_tick(resident, now_) : now_ + resident.period.seconds;
  }
}

// What the residents that are due now see: the same for all, but for what they do themselves.
void Engine::show_residents() {
  resident_view_.time_seconds = now_;
  fill_domains(resident_view_.domains.refill(now_));
  fill_cpus(resident_view_.cpus.refill(now_));
}

void Engine::poll(std::size_t d) {
  Resident& resident = residents_[d];
  DomainTelemetry& view = resident_view_.domains.refill(now_)[d];
  const double window = follows_gpu(d) ? resident.period.seconds : now_ - resident.last_seconds;
  const double busy = busy_now_seconds(d);
  if (window > 0.0 && domains_[d].domain().kind != DomainKind::kCpu) {
    view.utilization = std::min(1.0, (busy - resident.busy_at_last) / window);
  }
  resident.last_seconds = now_;
  resident.busy_at_last = busy;
  const LevelRange wanted = resident.governor->decide({resident_view_}).setting[0];
  view.utilization.reset();  // of a window that is its own only
  const Level level =
      std::clamp(domains_[d].requested(), std::min(wanted.floor, wanted.ceiling), wanted.ceiling);
  const Level before = domains_[d].effective();
  domains_[d].request(now_, level);
  fill_domain(d, view);
  if (domains_[d].effective() != before) after_change();
}

bool Engine::may_poll(std::size_t domain, const ApplicationLoad& load) const {
  if (follows_gpu(domain)) return load.accelerator_busy;
  return is_awake(domain, load) && !is_railgated(domain);
}

// Under DeferrableRule::kGpuBusy the pollers of devfreq go by the GPU alone.
bool Engine::follows_gpu(std::size_t domain) const {
  return config_.deferrable == DeferrableRule::kGpuBusy && residents_[domain].period.deferrable &&
         description_.domains[domain].kind != DomainKind::kCpu;
}

// The first tick of the resident's own grid after `after_seconds`.
double Engine::next_grid_tick(const Resident& resident, double after_seconds) const {
  const double phase = config_.resident_phase_seconds;
  const double period = resident.period.seconds;
  return phase + (std::floor((after_seconds - phase) / period + 1e-6) + 1.0) * period;
}

// The scheduler calls a CPU's governor: it sleeps with the CPUs of its own policy. Other pollers
// sleep with the whole board.
bool Engine::is_awake(std::size_t domain, const ApplicationLoad& load) const {
  const CpuProcesses& processes = application_.processes();
  // Storage's interrupts wake the CPU that waits for it again and again.
  const bool server = load.server.cpu > 0.0 || load.server.iowait > 0.0;
  if (description_.domains[domain].kind != DomainKind::kCpu) {
    return load.preparing || load.accelerator_busy || server || processes.is_any_running();
  }
  const std::vector<int>& cpus = description_.domains[domain].cpus;
  return (server && cpu_domain_[server_cpu_] == domain) ||
         (load.preparing && cpu_domain_[preparing_cpu_] == domain) ||
         (processes.is_any_running() && std::any_of(cpus.begin(), cpus.end(), [&](int cpu) {
            return processes.used(static_cast<std::size_t>(cpu)) > 0.0;
          }));
}

void Engine::wake_residents() {
  const ApplicationLoad load = application_.load();
  for (std::size_t d = 0; d < residents_.size(); ++d) {
    Resident& resident = residents_[d];
    if (!resident.stalled || !may_poll(d, load)) continue;
    resident.next_seconds = follows_gpu(d) ? next_grid_tick(resident, now_) : now_;
    resident.stalled = false;
  }
}

bool Engine::is_railgated(std::size_t domain) const { return gpu_ == domain && !gpu_powered_; }

}  // namespace flyball
