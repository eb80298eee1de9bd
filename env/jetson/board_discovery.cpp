#include "env/jetson/board_discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "env/jetson/directory_scan.h"
#include "env/jetson/kernel_units.h"

namespace flyball {

namespace {

// Collects domains, then knobs over the domains that were found.
class Discovery {
 public:
  Discovery(const std::string& root, const Board& board, std::span<const KnownTable> known)
      : root_(root), board_(board), known_(known) {}

  DiscoveredBoard run() {
    for (const Domain& domain : board_.domains) add_domain(domain);
    for (const Knob& knob : board_.knobs) add_knob(knob);
    return std::move(found_);
  }

 private:
  void add_domain(Domain domain) {
    reader_.reset();
    control_.reset();
    find_files(domain);
    if (!reader_ && domain.kind != DomainKind::kCpu) {
      index_.push_back(std::nullopt);
      return;
    }
    if (reader_) {
      std::vector<double> table = reader_->frequencies_hz();
      if (!table.empty()) domain.frequencies_hz = std::move(table);
    }
    index_.push_back(found_.domains.size());
    found_.domains.push_back(std::move(domain));
    found_.readers.push_back(std::move(reader_));
    found_.controls.domains.push_back(std::move(control_));
  }

  void find_files(const Domain& domain) {
    switch (domain.kind) {
      case DomainKind::kCpu: return find_cpu(domain);
      case DomainKind::kGpu: return find_gpu();
      case DomainKind::kEmc: return find_emc(domain);
    }
  }

  void find_cpu(const Domain& domain) {
    const std::string policy = find_cpu_policy(root_, domain.cpus.front());
    if (policy.empty()) return;
    reader_ = make_cpu_reader(policy);
    control_ = make_limits_control(policy + "/scaling_min_freq", policy + "/scaling_max_freq",
                                   kHertzPerKilohertz, *found_.controls.table);
  }

  void find_gpu() {
    const std::string devfreq = find_gpu_devfreq(root_);
    if (devfreq.empty()) return;
    reader_ = make_gpu_reader(devfreq);
    control_ = make_limits_control(devfreq + "/min_freq", devfreq + "/max_freq", 1.0,
                                   *found_.controls.table);
  }

  void find_emc(const Domain& domain) {
    const std::optional<EmcFiles> files = find_emc_files(root_);
    if (!files) return find_emc_devfreq();
    std::vector<double> table = emc_rates_hz(*files);
    if (table.empty()) table = domain.frequencies_hz;
    reader_ = make_emc_reader(*files, table);
    control_ = make_emc_control(*files, table, *found_.controls.table);
  }

  void find_emc_devfreq() {
    const std::string devfreq = flyball::find_emc_devfreq(root_);
    if (devfreq.empty()) return;
    reader_ = make_emc_devfreq_reader(devfreq);
    control_ = make_limits_control(devfreq + "/min_freq", devfreq + "/max_freq", 1.0,
                                   *found_.controls.table);
  }

  void add_knob(const Knob& knob) {
    Knob found{knob.name, {}, {}};
    bool any = false;
    for (const std::size_t domain : knob.domains) {
      if (!index_[domain]) continue;
      const std::size_t d = *index_[domain];
      found.domains.push_back(d);
      if (found_.readers[d] || found.levels.empty()) {
        found.levels = found_.domains[d].frequencies_hz;
      }
      any |= found_.readers[d] != nullptr;
    }
    if (found.domains.empty()) return;
    if (!any) check_is_board(root_, board_);
    ControlledKnob controlled{knob.name, found.levels, found.domains};
    const auto known = std::ranges::find(known_, knob.name, &KnownTable::name);
    if (known != known_.end()) {
      controlled.levels = fit_table(*known, found.levels);
      found.levels = known->levels;
    }
    // A policy that is offline has the table of those it is ganged with.
    for (const std::size_t d : found.domains) {
      if (!found_.readers[d] || known != known_.end()) {
        found_.domains[d].frequencies_hz = found.levels;
      }
    }
    found_.controls.knobs.push_back(std::move(controlled));
    found_.knobs.push_back(std::move(found));
  }

  const std::string& root_;
  const Board& board_;
  std::span<const KnownTable> known_;
  std::vector<std::optional<std::size_t>> index_;  // of each of the board's domains in found_
  std::unique_ptr<DomainReader> reader_;           // of the domain under way
  std::unique_ptr<DomainControl> control_;
  DiscoveredBoard found_;
};

}  // namespace

DiscoveredBoard discover_board(const std::string& root, const Board& board,
                               std::span<const KnownTable> known) {
  return Discovery(root, board, known).run();
}

bool has_cpu_policies(const std::string& root) {
  return !list_directory(root + "/sys/devices/system/cpu/cpufreq", "policy").empty();
}

void check_is_board(const std::string& root, const Board& board) {
  for (const Domain& domain : board.domains) {
    if (domain.kind != DomainKind::kCpu) continue;
    if (!find_cpu_policy(root, domain.cpus.front()).empty()) return;
  }
  throw std::runtime_error(
      fmt::format("{}/sys/devices/system/cpu/cpufreq: no frequency policy of {}; is this the root "
                  "of that board, and is it mounted?",
                  root, board.id));
}

}  // namespace flyball
