// The kernel's governors by name: the one explicit list, and residents for a board's domains.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/governor.h"

namespace flyball {

// performance, powersave, userspace, schedutil (mainline tuning: factor 1.25), schedutil_nv (as
// NVIDIA's JetPack 5 sets it: factor 2.0), ondemand, conservative, interactive, nvhost_podgov,
// nvhost_podgov_v2 (JetPack 7's of that name), simple_ondemand, wmark_active, wmark_simple,
// tegra_wmark, emc_actmon (who moves the memory clock; not a governor by the kernel's name).
std::vector<std::string> kernel_governor_names();

// Whether the kernel offers that governor for such a domain. False for an unknown name.
bool governs(const std::string& name, DomainKind kind);

// As the kernel itself calls it: tunings and versions have a name of their own here only.
std::string sysfs_name(const std::string& name);

// Throws std::invalid_argument listing the known names.
std::unique_ptr<Governor> make_kernel_governor(const std::string& name);
// As above; also throws when that governor does not govern such a domain.
std::unique_ptr<Governor> make_kernel_governor(const std::string& name, const Domain& domain);

// Which kernel governor runs the domains of each kind; empty where there are no such domains.
struct ResidentGovernors {
  std::string cpu;
  std::string gpu;
  std::string emc;
};

// What the board ships with.
ResidentGovernors stock_residents(const Board& board);

// `name` put on every domain it governs, the rest left as it is: a CPU governor leaves the GPU to
// its resident. Throws std::invalid_argument listing the known names.
ResidentGovernors substitute(ResidentGovernors residents, const std::string& name);

// Makes the resident of a domain; for plants that host residents. Throws std::invalid_argument at
// once when a name is unknown or does not govern such a domain.
std::function<std::unique_ptr<Governor>(const Domain&)> resident_factory(
    const ResidentGovernors& residents);

}  // namespace flyball
