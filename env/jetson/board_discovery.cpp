#include "env/jetson/board_discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "env/jetson/directory_scan.h"

namespace flyball {

namespace {

// Collects domains, then knobs over the domains that were found.
class Discovery {
 public:
  Discovery(const std::string& root, const Board& board) : root_(root), board_(board) {}

  DiscoveredBoard run() {
    for (const Domain& domain : board_.domains) add_domain(domain);
    for (const Knob& knob : board_.knobs) add_knob(knob);
    return std::move(found_);
  }

 private:
  void add_domain(Domain domain) {
    std::unique_ptr<DomainControl> control = make_control(domain);
    if (!control && domain.kind != DomainKind::kCpu) {
      index_.push_back(std::nullopt);
      return;
    }
    if (control) {
      std::vector<double> table = control->frequencies_hz();
      if (!table.empty()) domain.frequencies_hz = std::move(table);
    }
    index_.push_back(found_.domains.size());
    found_.domains.push_back(std::move(domain));
    found_.controls.push_back(std::move(control));
  }

  std::unique_ptr<DomainControl> make_control(const Domain& domain) {
    switch (domain.kind) {
      case DomainKind::kCpu: {
        const std::string policy = find_cpu_policy(root_, domain.cpus.front());
        return policy.empty() ? nullptr : make_cpu_control(policy);
      }
      case DomainKind::kGpu: {
        const std::string devfreq = find_gpu_devfreq(root_);
        return devfreq.empty() ? nullptr : make_gpu_control(devfreq);
      }
      case DomainKind::kEmc: return make_emc(domain);
    }
    return nullptr;
  }

  std::unique_ptr<DomainControl> make_emc(const Domain& domain) {
    std::optional<EmcLock> lock = EmcLock::discover(root_);
    if (!lock) return nullptr;
    std::vector<double> table = lock->rates_hz();
    if (table.empty()) table = domain.frequencies_hz;
    const std::optional<double> cap = lock->cap_hz();
    const double highest = cap ? table[level_at_most(table, *cap)] : table.back();
    return make_emc_control(std::move(*lock), {table.front(), highest});
  }

  void add_knob(const Knob& knob) {
    Knob found{knob.name, {}, {}};
    for (const std::size_t domain : knob.domains) {
      if (!index_[domain]) continue;
      found.domains.push_back(*index_[domain]);
      if (found_.controls[*index_[domain]] || found.levels.empty()) {
        found.levels = found_.domains[*index_[domain]].frequencies_hz;
      }
    }
    if (found.domains.empty()) return;
    bool any = false;
    for (const std::size_t domain : found.domains) {
      // A policy that is offline has the table of those it is ganged with.
      if (!found_.controls[domain]) found_.domains[domain].frequencies_hz = found.levels;
      any |= found_.controls[domain] != nullptr;
    }
    if (!any) {
      throw std::runtime_error(
          fmt::format("{}/sys/devices/system/cpu/cpufreq: no frequency policy of {}; is this the "
                      "root of that board?",
                      root_, board_.id));
    }
    found_.limits.push_back(limits_of(found));
    found_.knobs.push_back(std::move(found));
  }

  LevelRange limits_of(const Knob& knob) {
    LevelRange limits{0, static_cast<Level>(knob.levels.size() - 1)};
    for (const std::size_t domain : knob.domains) {
      if (!found_.controls[domain]) continue;
      FrequencyRange range;
      if (const auto error = found_.controls[domain]->read_limits(range)) {
        throw std::system_error(error, "reading the limits of " + found_.domains[domain].name);
      }
      limits.ceiling = std::min(limits.ceiling, level_at_most(knob.levels, range.ceiling_hz));
      limits.floor = std::max(limits.floor, level_at_least(knob.levels, range.floor_hz));
    }
    limits.floor = std::min(limits.floor, limits.ceiling);
    return limits;
  }

  const std::string& root_;
  const Board& board_;
  std::vector<std::optional<std::size_t>> index_;  // of each of the board's domains in found_
  DiscoveredBoard found_;
};

}  // namespace

DiscoveredBoard discover_board(const std::string& root, const Board& board) {
  return Discovery(root, board).run();
}

}  // namespace flyball
