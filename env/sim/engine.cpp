#include "env/sim/engine.h"

#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

constexpr Level kMostThermalSteps = 64;  // more than any table has

PlantDescription describe(const SimConfig& config) {
  validate(config);
  PlantDescription description = describe(config.board, config.mode, config.cpu_floor_hz);
  description.has_application = true;
  if (!config.batch_levels.empty()) {
    description.knobs.push_back({kBatchKnob, config.batch_levels, {}});
    description.limits.push_back({0, static_cast<Level>(config.batch_levels.size() - 1)});
  }
  if (!config.offload_levels.empty()) {
    description.knobs.push_back({kOffloadKnob, config.offload_levels, {}});
    description.limits.push_back({0, static_cast<Level>(config.offload_levels.size() - 1)});
  }
  if (!config.fine_tuning_levels.empty()) {
    description.knobs.push_back({kFineTuningKnob, config.fine_tuning_levels, {}});
    description.limits.push_back({0, static_cast<Level>(config.fine_tuning_levels.size() - 1)});
  }
  validate(description);
  return description;
}

std::optional<double> lowest(const std::vector<ThermalZone>& zones,
                             std::optional<double> ThermalZone::*trip) {
  std::optional<double> celsius;
  for (const ThermalZone& zone : zones) {
    if (zone.*trip) celsius = std::min(celsius.value_or(*(zone.*trip)), *(zone.*trip));
  }
  return celsius;
}

// The most rungs that a power budget's ladder can have.
std::size_t rungs(const SimConfig& config) {
  if (config.power_budget.throttling == PowerBudgetConfig::Throttling::kHalving) return 1;
  std::size_t longest = 1;
  for (const Domain& domain : config.board.domains) {
    if (domain.kind != DomainKind::kEmc) longest = std::max(longest, domain.frequencies_hz.size());
  }
  return longest - 1;
}

}  // namespace

Engine::Engine(SimConfig config)
    : config_(std::move(config)),
      description_(describe(config_)),
      application_(config_),
      meter_(config_.board, config_.sensor),
      budget_(config_.power_budget, config_.mode.budget_watts, rungs(config_)),
      thermal_(config_.thermal),
      sensor_random_(config_.seed) {
  cpu_domain_.resize(static_cast<std::size_t>(description_.cpus));
  domains_.reserve(description_.domains.size());
  for (std::size_t d = 0; d < description_.domains.size(); ++d) {
    const Domain& domain = description_.domains[d];
    const LevelRange limits = domain_limits(domain, config_.mode, config_.cpu_floor_hz);
    if (domain.kind == DomainKind::kGpu) gpu_ = d;
    if (domain.kind == DomainKind::kEmc) emc_ = d;
    for (const int cpu : domain.cpus) cpu_domain_.at(static_cast<std::size_t>(cpu)) = d;
    std::unique_ptr<Governor> resident;
    if (config_.residents) resident = config_.residents(domain);
    // As after boot: governed clocks rise on demand, the memory's come down.
    const bool from_below = resident && domain.kind != DomainKind::kEmc;
    const Delays delays = config_.actuation.of(domain.kind).value_or(domain.actuation_seconds);
    domains_.emplace_back(domain, limits, from_below ? limits.floor : limits.ceiling,
                          DelayDraws(delays, config_.seed + 2 + d));
    if (const auto& low = config_.actuation.low_of(domain.kind)) {
      domains_.back().slow_at_low_clocks(DelayDraws(*low, config_.seed + 3 + d));
    }
    truth_.residency_seconds.emplace_back(domain.frequencies_hz.size(), 0.0);
    residents_.emplace_back();
    set_resident(d, std::move(resident));
  }
  truth_.clock_changes.assign(domains_.size(), 0);
  truth_.highest_celsius = thermal_.junction_celsius();
  truth_.rail_joules.assign(config_.board.rails.size(), 0.0);
  cpus_.resize(cpu_domain_.size());
  published_.cpu_activity.assign(cpus_.size(), 0.0);
  const auto online = static_cast<std::size_t>(config_.mode.cpus_online);
  for (std::size_t c = 0; c < cpus_.size(); ++c) cpus_[c].online = c < online;
  preparing_cpu_ = online - 1;
  passive_celsius_ = lowest(config_.board.zones, &ThermalZone::passive_celsius);
  critical_celsius_ = lowest(config_.board.zones, &ThermalZone::critical_celsius);
  last_junction_celsius_ = thermal_.junction_celsius();
  thermal_at_ = config_.thermal.poll_seconds;
  if (thermal_.has_fan()) fan_at_ = config_.thermal.fan.poll_seconds;
  points_ = service_points();
  for (std::size_t d = 0; d < domains_.size(); ++d) published_.levels[d] = domains_[d].effective();
  run_instant();
}

void Engine::advance_to(double time_seconds) {
  while (next_event_ <= time_seconds) {
    now_ = std::max(now_, next_event_);
    run_instant();
  }
  now_ = std::max(now_, time_seconds);
  settle();
}

double Engine::next_event_seconds() const {
  if (truth_.shut_down_seconds) return kNever;
  double next = std::min({application_.next_seconds(), railgate_at_, thermal_at_, fan_at_,
                          budget_.next_seconds(), thermal_.next_ambient_seconds()});
  for (const ClockedDomain& domain : domains_) next = std::min(next, domain.effect_seconds());
  for (const Resident& resident : residents_) next = std::min(next, resident.next_seconds);
  return next;
}

// Handles all that is due now, and what that brings about at the same moment.
void Engine::run_instant() {
  do {
    if (truth_.shut_down_seconds) break;
    if (application_.next_seconds() <= now_) {
      application_.run(now_, points_, truth_);
      changed_ = true;
    }
    bool clocks_changed = false;
    for (ClockedDomain& domain : domains_) {
      if (domain.effect_seconds() > now_) continue;
      domain.take_effect();
      clocks_changed = true;
    }
    if (clocks_changed) after_change();
    if (railgate_at_ <= now_) {
      gpu_powered_ = false;
      railgate_at_ = kNever;
      changed_ = true;
    }
    run_residents();
    if (thermal_.next_ambient_seconds() <= now_) {
      settle();
      thermal_.change_ambient(now_);
    }
    if (fan_at_ <= now_) watch_fan();
    if (thermal_at_ <= now_) watch_temperature();
    if (budget_.next_seconds() <= now_) watch_budget();
    if (changed_) publish();
    next_event_ = next_event_seconds();
  } while (next_event_ <= now_);
}

void Engine::after_change() {
  changed_ = true;
  const ServicePoints points = service_points();
  if (points == points_) return;
  points_ = points;
  application_.change_speed(now_, points_);
}

void Engine::watch_temperature() {
  settle();
  thermal_at_ = now_ + config_.thermal.poll_seconds;
  changed_ = true;  // leakage follows the temperature
  if (critical_celsius_ && thermal_.junction_celsius() >= *critical_celsius_) {
    shut_down();
    return;
  }
  if (passive_celsius_) throttle_by_temperature();
  last_junction_celsius_ = thermal_.junction_celsius();
}

// The kernel's step_wise: at the trip and rising one cooling level more, below it and falling one
// less, else none. A cooling level is a level off the top of the whole table.
void Engine::throttle_by_temperature() {
  const double celsius = thermal_.junction_celsius();
  const Level before = thermal_steps_;
  if (celsius >= *passive_celsius_) {
    if (celsius > last_junction_celsius_ && thermal_steps_ < kMostThermalSteps) ++thermal_steps_;
  } else if (celsius < *passive_celsius_ - config_.thermal.hysteresis_kelvin) {
    if (celsius < last_junction_celsius_ && thermal_steps_ > 0) --thermal_steps_;
  }
  if (thermal_steps_ == before) return;
  for (ClockedDomain& domain : domains_) {
    if (domain.domain().kind == DomainKind::kEmc) continue;
    const auto top = static_cast<Level>(domain.domain().frequencies_hz.size() - 1);
    const auto ceiling = static_cast<Level>(top - std::min(thermal_steps_, top));
    domain.set_thermal_ceiling(now_, thermal_steps_ > 0 ? std::optional(ceiling) : std::nullopt);
  }
}

void Engine::watch_fan() {
  settle();
  fan_at_ = now_ + config_.thermal.fan.poll_seconds;
  thermal_.control_fan();
  changed_ = true;
}

// The board goes off: nothing happens and nothing is drawn from now on.
void Engine::shut_down() {
  truth_.shut_down_seconds = now_;
  truth_.unserved = application_.in_system();
  std::fill(published_.cpu_activity.begin(), published_.cpu_activity.end(), 0.0);
  published_.server_iowait = 0.0;
  published_.busy.fill(0.0);
  published_.board.accelerator_busy = false;
  published_.board.gpu_powered = false;
  published_.board.fan_watts = 0.0;
  gpu_powered_ = false;
  watts_.fill(0.0);
  meter_.publish({watts_.data(), config_.board.rails.size()});
  budget_.publish(0.0);
  changed_ = false;
  show_moment();
}

void Engine::watch_budget() {
  settle();
  budget_.run();
  const bool halving = config_.power_budget.throttling == PowerBudgetConfig::Throttling::kHalving;
  for (ClockedDomain& domain : domains_) {
    if (domain.domain().kind == DomainKind::kEmc) continue;
    std::optional<Level> ceiling;
    if (budget_.rung() > 0) {
      const std::vector<double>& table = domain.domain().frequencies_hz;
      const Level top = domain_limits(domain.domain(), config_.mode, config_.cpu_floor_hz).ceiling;
      const std::size_t rung = std::min<std::size_t>(budget_.rung(), top);
      ceiling = halving ? level_at_most(table, 0.5 * table[top]) : static_cast<Level>(top - rung);
    }
    domain.set_throttle(now_, ceiling);
  }
  changed_ = true;
}

OperatingPoint Engine::operating_point(std::size_t cpu) const {
  OperatingPoint point;
  point.cpu_hz = domains_[cpu_domain_[cpu]].effective_hz();
  if (gpu_) point.gpu_hz = domains_[*gpu_].effective_hz();
  if (emc_) point.emc_hz = domains_[*emc_].effective_hz();
  return point;
}

ServicePoints Engine::service_points() const {
  return {operating_point(server_cpu_), operating_point(preparing_cpu_), server_cpu_,
          preparing_cpu_};
}

void Engine::set_user_limits(std::size_t domain, std::optional<double> floor_hz,
                             std::optional<double> ceiling_hz) {
  ClockedDomain& clock = domains_.at(domain);
  const std::vector<double>& table = clock.domain().frequencies_hz;
  std::optional<LevelRange> range;
  if (floor_hz || ceiling_hz) {
    range = LevelRange{0, static_cast<Level>(table.size() - 1)};
    if (floor_hz) range->floor = level_at_least(table, *floor_hz);
    if (ceiling_hz) range->ceiling = level_at_most(table, *ceiling_hz);
  }
  clock.set_user_limits(now_, range);
  after_change();
  run_instant();
}

void Engine::set_lease_limits(std::size_t domain, std::optional<LevelRange> range) {
  domains_.at(domain).set_lease_limits(now_, range);
  after_change();
  run_instant();
}

void Engine::request(std::size_t domain, Level level) {
  domains_.at(domain).request(now_, level);
  after_change();
  run_instant();
}

void Engine::lock_emc(double hertz) {
  if (!emc_) return;
  ClockedDomain& clock = domains_[*emc_];
  clock.set_lock(now_, level_at_least(clock.domain().frequencies_hz, hertz));
  after_change();
  run_instant();
}

void Engine::unlock_emc() {
  if (!emc_) return;
  domains_[*emc_].set_lock(now_, std::nullopt);
  after_change();
  run_instant();
}

void Engine::set_batch_ceiling(std::optional<double> requests) {
  application_.set_batch_ceiling(requests);
}

void Engine::set_offload_share(std::optional<double> share) {
  application_.set_offload_share(share);
}

void Engine::set_fine_tuning(std::optional<FineTuningRule> rule) {
  application_.set_fine_tuning(now_, rule);
  run_instant();
}

void Engine::set_railgating(Railgating railgating) {
  railgating_ = railgating;
  if (railgating == Railgating::kForbidden) {
    railgate_at_ = kNever;
    gpu_powered_ = true;
  } else if (gpu_powered_ && !published_.board.accelerator_busy && config_.railgate_seconds) {
    railgate_at_ = now_ + *config_.railgate_seconds;
  }
  changed_ = true;
  run_instant();
}

}  // namespace flyball
