#include "controllers/kernel_governors.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "controllers/conservative_governor.h"
#include "controllers/emc_actmon_governor.h"
#include "controllers/interactive_governor.h"
#include "controllers/nvhost_podgov_governor.h"
#include "controllers/nvhost_podgov_v2_governor.h"
#include "controllers/ondemand_governor.h"
#include "controllers/performance_governor.h"
#include "controllers/powersave_governor.h"
#include "controllers/schedutil_governor.h"
#include "controllers/simple_ondemand_governor.h"
#include "controllers/userspace_governor.h"
#include "controllers/wmark_governors.h"
#include "env/nearest_name.h"

namespace flyball {

namespace {

struct Entry {
  const char* name;
  std::unique_ptr<Governor> (*make)();
  std::vector<DomainKind> kinds;
};

template <typename T>
std::unique_ptr<Governor> make() {
  return std::make_unique<T>();
}

std::unique_ptr<Governor> make_nvidia_schedutil() {
  return std::make_unique<SchedutilGovernor>(SchedutilTunables::nvidia(), "schedutil_nv");
}

// Every kernel governor. A new one: its file pair, a test and a line here.
const std::vector<Entry>& entries() {
  using enum DomainKind;
  static const std::vector<Entry> list = {
      {"performance", make<PerformanceGovernor>, {kCpu, kGpu, kEmc}},
      {"powersave", make<PowersaveGovernor>, {kCpu}},
      {"userspace", make<UserspaceGovernor>, {kCpu, kGpu}},
      {"schedutil", make<SchedutilGovernor>, {kCpu}},
      {"schedutil_nv", make_nvidia_schedutil, {kCpu}},
      {"ondemand", make<OndemandGovernor>, {kCpu}},
      {"conservative", make<ConservativeGovernor>, {kCpu}},
      {"interactive", make<InteractiveGovernor>, {kCpu}},
      {"nvhost_podgov", make<NvhostPodgovGovernor>, {kGpu}},
      {"nvhost_podgov_v2", make<NvhostPodgovV2Governor>, {kGpu}},
      {"simple_ondemand", make<SimpleOndemandGovernor>, {kGpu}},
      {"wmark_active", make<WmarkActiveGovernor>, {kGpu}},
      {"wmark_simple", make<WmarkSimpleGovernor>, {kGpu}},
      {"tegra_wmark", make<TegraWmarkGovernor>, {kGpu}},
      {"emc_actmon", make<EmcActmonGovernor>, {kEmc}},
  };
  return list;
}

const Entry& find_entry(const std::string& name) {
  std::vector<std::string> known;
  for (const Entry& entry : entries()) {
    if (entry.name == name) return entry;
    known.emplace_back(entry.name);
  }
  throw std::invalid_argument(unknown_name("kernel governor", name, known));
}

bool governs_kind(const Entry& entry, DomainKind kind) {
  return std::find(entry.kinds.begin(), entry.kinds.end(), kind) != entry.kinds.end();
}

const Entry& find_entry(const std::string& name, DomainKind kind, const std::string& domain) {
  const Entry& entry = find_entry(name);
  if (governs_kind(entry, kind)) return entry;
  std::string usable;
  for (const Entry& other : entries()) {
    if (governs_kind(other, kind))
      usable += fmt::format("{}{}", usable.empty() ? "" : ", ", other.name);
  }
  throw std::invalid_argument(
      fmt::format("{} does not govern {} domains such as '{}'; these do: {}", name, to_string(kind),
                  domain, usable));
}

const std::string& name_for(const ResidentGovernors& residents, DomainKind kind) {
  switch (kind) {
    case DomainKind::kCpu: return residents.cpu;
    case DomainKind::kGpu: return residents.gpu;
    case DomainKind::kEmc: return residents.emc;
  }
  throw std::invalid_argument("no such kind of domain");
}

}  // namespace

std::vector<std::string> kernel_governor_names() {
  std::vector<std::string> names;
  for (const Entry& entry : entries()) names.emplace_back(entry.name);
  return names;
}

bool governs(const std::string& name, DomainKind kind) {
  return std::any_of(entries().begin(), entries().end(), [&](const Entry& entry) {
    return entry.name == name && governs_kind(entry, kind);
  });
}

std::string sysfs_name(const std::string& name) {
  if (name == "schedutil_nv") return "schedutil";
  if (name == "nvhost_podgov_v2") return "nvhost_podgov";
  return name;
}

std::unique_ptr<Governor> make_kernel_governor(const std::string& name) {
  return find_entry(name).make();
}

std::unique_ptr<Governor> make_kernel_governor(const std::string& name, const Domain& domain) {
  return find_entry(name, domain.kind, domain.name).make();
}

ResidentGovernors stock_residents(const Board& board) {
  return {board.cpu_governor, board.gpu_governor, board.emc_governor};
}

ResidentGovernors substitute(ResidentGovernors residents, const std::string& name) {
  const Entry& entry = find_entry(name);
  if (governs_kind(entry, DomainKind::kCpu)) residents.cpu = name;
  if (governs_kind(entry, DomainKind::kGpu)) residents.gpu = name;
  if (governs_kind(entry, DomainKind::kEmc)) residents.emc = name;
  return residents;
}

std::function<std::unique_ptr<Governor>(const Domain&)> resident_factory(
    const ResidentGovernors& residents) {
  for (const DomainKind kind : {DomainKind::kCpu, DomainKind::kGpu, DomainKind::kEmc}) {
    const std::string& name = name_for(residents, kind);
    if (!name.empty()) find_entry(name, kind, to_string(kind));
  }
  return [residents](const Domain& domain) {
    return make_kernel_governor(name_for(residents, domain.kind), domain);
  };
}

}  // namespace flyball
