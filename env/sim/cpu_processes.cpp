#include "env/sim/cpu_processes.h"

#include <algorithm>
#include <utility>

#include "env/sim/never.h"

namespace flyball {

CpuProcesses::CpuProcesses(std::vector<CpuProcess> processes)
    : processes_(std::move(processes)), timers_(processes_.size()), next_seconds_(kNever) {
  for (std::size_t p = 0; p < processes_.size(); ++p) {
    timers_[p].next_seconds = processes_[p].from_seconds;
    next_seconds_ = std::min(next_seconds_, timers_[p].next_seconds);
  }
}

void CpuProcesses::run(double now_seconds) {
  if (next_seconds_ > now_seconds) return;
  next_seconds_ = kNever;
  for (std::size_t p = 0; p < processes_.size(); ++p) {
    while (timers_[p].next_seconds <= now_seconds) toggle(p);
    next_seconds_ = std::min(next_seconds_, timers_[p].next_seconds);
  }
}

// Starts are counted from the first, so that rounding does not add up.
void CpuProcesses::toggle(std::size_t p) {
  const CpuProcess& process = processes_[p];
  Timer& timer = timers_[p];
  timer.running = !timer.running;
  if (timer.running) {
    ++running_;
    ++timer.cycle;
    const double started = process.from_seconds + static_cast<double>(timer.cycle - 1) *
                                                      (process.on_seconds.value_or(0.0) +
                                                       process.off_seconds.value_or(0.0));
    timer.next_seconds = process.on_seconds ? started + *process.on_seconds : kNever;
    return;
  }
  --running_;
  timer.next_seconds = kNever;
  if (process.off_seconds) {
    timer.next_seconds = process.from_seconds + static_cast<double>(timer.cycle) *
                                                    (*process.on_seconds + *process.off_seconds);
  }
}

CpuProcesses::Demand CpuProcesses::demand(std::size_t cpu) const {
  Demand demand;
  if (running_ == 0) return demand;
  for (std::size_t p = 0; p < processes_.size(); ++p) {
    const std::vector<std::size_t>& cpus = processes_[p].cpus;
    if (!timers_[p].running || std::find(cpus.begin(), cpus.end(), cpu) == cpus.end()) continue;
    demand.share += processes_[p].share;
    ++demand.processes;
  }
  return demand;
}

double CpuProcesses::used(std::size_t cpu) const { return std::min(1.0, demand(cpu).share); }

double CpuProcesses::left(std::size_t cpu) const {
  const Demand wanted = demand(cpu);
  return std::max(1.0 - wanted.share, 1.0 / (1.0 + static_cast<double>(wanted.processes)));
}

}  // namespace flyball
