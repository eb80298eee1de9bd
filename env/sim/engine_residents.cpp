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
}

void Engine::run_residents() {
  for (std::size_t d = 0; d < residents_.size(); ++d) {
    Resident& resident = residents_[d];
    if (resident.next_seconds > now_) continue;
    if (resident.period.deferrable && !may_poll(d)) {
      resident.next_seconds = kNever;
      resident.stalled = true;
      // A stalled grid goes on: the window that ends here is thrown away.
      if (follows_gpu(d)) resident.busy_at_last = busy_now_seconds(d);
      continue;
    }
    poll(d);
    resident.next_seconds =
        follows_gpu(d) ? next_grid_tick(resident, now_) : now_ + resident.period.seconds;
  }
}

void Engine::poll(std::size_t d) {
  Resident& resident = residents_[d];
  resident_view_.time_seconds = now_;
  std::vector<DomainTelemetry>& domains = resident_view_.domains.refill(now_);
  fill_domains(domains);
  fill_cpus(resident_view_.cpus.refill(now_));
  const double window = follows_gpu(d) ? resident.period.seconds : now_ - resident.last_seconds;
  const double busy = busy_now_seconds(d);
  domains[d].utilization.reset();
  if (window > 0.0 && domains_[d].domain().kind != DomainKind::kCpu) {
    domains[d].utilization = std::min(1.0, (busy - resident.busy_at_last) / window);
  }
  resident.last_seconds = now_;
  resident.busy_at_last = busy;
  const Setting setting = resident.governor->decide(resident_view_);
  const Level level = std::clamp(domains_[d].requested(), setting[0].floor,
                                 std::max(setting[0].floor, setting[0].ceiling));
  const Level before = domains_[d].effective();
  domains_[d].request(now_, level);
  if (domains_[d].effective() != before) after_change();
}

bool Engine::may_poll(std::size_t domain) const {
  if (follows_gpu(domain)) return application_.load().accelerator_busy;
  return is_awake() && !is_railgated(domain);
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

bool Engine::is_awake() const {
  if (application_.processes().is_any_running()) return true;
  const ApplicationLoad load = application_.load();
  return load.preparing || load.accelerator_busy || load.server.cpu > 0.0 ||
         load.server.iowait > 0.0;  // storage's interrupts wake the CPU again and again
}

void Engine::wake_residents() {
  if (!is_awake()) return;
  for (std::size_t d = 0; d < residents_.size(); ++d) {
    Resident& resident = residents_[d];
    if (!resident.stalled) continue;
    if (follows_gpu(d)) {
      if (!published_.board.accelerator_busy) continue;
      resident.next_seconds = next_grid_tick(resident, now_);
      resident.stalled = false;
    } else if (!is_railgated(d)) {
      resident.next_seconds = now_;
      resident.stalled = false;
    }
  }
}

bool Engine::is_railgated(std::size_t domain) const { return gpu_ == domain && !gpu_powered_; }

}  // namespace flyball
