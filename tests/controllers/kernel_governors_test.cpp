#include "controllers/kernel_governors.h"

#include <doctest/doctest.h>

#include "controllers/fixed_governor.h"
#include "controllers/userspace_governor.h"
#include "tests/support/resident_bench.h"

using namespace flyball;

namespace {

const Domain kCpuDomain{"cpu0", DomainKind::kCpu, {1e8, 2e8, 3e8}, 0.001, {0, 1}};
const Domain kGpuDomain{"gpu", DomainKind::kGpu, {1e8, 2e8, 4e8, 8e8}, 0.005, {}};

}  // namespace

TEST_CASE("an unknown kernel governor's error lists the known ones") {
  CHECK_THROWS_WITH(make_kernel_governor("schedutl"),
                    "no kernel governor \"schedutl\"; did you mean \"schedutil\"? (there are: "
                    "performance, powersave, userspace, "
                    "schedutil, schedutil_nv, ondemand, conservative, interactive, nvhost_podgov, "
                    "nvhost_podgov_v2, simple_ondemand, wmark_active, wmark_simple, tegra_wmark, "
                    "emc_actmon)");
}

TEST_CASE("a governor refuses a kind of domain that it does not govern") {
  CHECK_THROWS_WITH(make_kernel_governor("ondemand", kGpuDomain),
                    "ondemand does not govern gpu domains such as 'gpu'; these do: performance, "
                    "userspace, nvhost_podgov, nvhost_podgov_v2, simple_ondemand, wmark_active, "
                    "wmark_simple, tegra_wmark");
  CHECK_THROWS_WITH(ResidentBench(make_kernel_governor("nvhost_podgov"), kCpuDomain),
                    "nvhost_podgov does not govern cpu domains such as 'cpu0'");
}

TEST_CASE("tunings and versions go by the kernel's own name on a board") {
  CHECK(sysfs_name("schedutil_nv") == "schedutil");
  CHECK(sysfs_name("nvhost_podgov_v2") == "nvhost_podgov");
  CHECK(sysfs_name("interactive") == "interactive");
}

TEST_CASE("a kernel governor is put on what it governs and leaves the rest") {
  const ResidentGovernors stock{"schedutil_nv", "nvhost_podgov", "performance"};
  const ResidentGovernors slow = substitute(stock, "powersave");
  CHECK(slow.cpu == "powersave");
  CHECK(slow.gpu == "nvhost_podgov");
  const ResidentGovernors fast = substitute(stock, "performance");
  CHECK(fast.cpu == "performance");
  CHECK(fast.gpu == "performance");
  CHECK_THROWS_AS(resident_factory({"nvhost_podgov", "nvhost_podgov", ""}), std::invalid_argument);
  CHECK(resident_factory(stock)(kGpuDomain)->name() == "nvhost_podgov");
}

TEST_CASE("performance and powersave ask for the ends of the limits in force") {
  ResidentBench fast(make_kernel_governor("performance"), kGpuDomain);
  ResidentBench slow(make_kernel_governor("powersave"), kCpuDomain);
  CHECK(fast.step(0.1, 0.0) == 8e8);
  CHECK(slow.step(0.1, 0.0) == 1e8);
  fast.set_limits(2e8, 4e8);
  slow.set_limits(1.5e8, 3e8);
  CHECK(fast.step(0.1, 0.0) == 4e8);
  CHECK(slow.step(0.1, 0.0) == 2e8);
}

TEST_CASE("userspace keeps what it finds until a speed is set") {
  auto governor = std::make_unique<UserspaceGovernor>();
  UserspaceGovernor& userspace = *governor;
  ResidentBench bench(std::move(governor), kGpuDomain, 2e8);
  CHECK(bench.step(0.1, 1.0) == 2e8);
  userspace.set_speed(3e8);
  CHECK(bench.step(0.1, 1.0) == 4e8);
  bench.set_limits(1e8, 1e8);
  CHECK(bench.step(0.1, 1.0) == 1e8);
}

TEST_CASE("fixed pins values to the nearest allowed level and names an unknown knob") {
  PlantDescription plant;
  plant.domains = {kCpuDomain, kGpuDomain};
  plant.knobs = {{"cpu", kCpuDomain.frequencies_hz, {0}}, {"gpu", kGpuDomain.frequencies_hz, {1}}};
  const GovernorScope scope{&plant, plant.knobs, {{0, 2}, {0, 2}}};
  FixedGovernor fixed({{"gpu", 7e8}});
  fixed.reset(scope);
  const Setting setting = fixed.decide({Telemetry{}}).setting;
  CHECK(setting[0] == LevelRange{0, 2});
  CHECK(setting[1] == LevelRange{2, 2});
  FixedGovernor misspelt({{"gpuu", 7e8}});
  CHECK_THROWS_WITH(misspelt.reset(scope),
                    "no knob \"gpuu\"; did you mean \"gpu\"? (there are: cpu, gpu)");
  FixedGovernor beyond({{"gpu", 9e9}});
  CHECK_THROWS_WITH(beyond.reset(scope), "fixed gpu = 9e+09: the table goes from 1e+08 to 8e+08");
  FixedGovernor below({{"gpu", 9e7}});
  CHECK_THROWS_AS(below.reset(scope), std::invalid_argument);
}
