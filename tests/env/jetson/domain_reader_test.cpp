#include "env/jetson/domain_reader.h"

#include <doctest/doctest.h>

#include "env/jetson/jetson_error.h"
#include "tests/support/board_tree.h"

using namespace flyball;

namespace {

const std::string kLoad = "/sys/devices/17000000.gv11b/load";

struct Bench {
  Bench() { tree.add_board(); }
  DomainTelemetry read(DomainReader& reader, double now_seconds) {
    DomainTelemetry telemetry;
    REQUIRE_FALSE(reader.read(now_seconds, DomainPart::kAll, telemetry));
    return telemetry;
  }
  std::unique_ptr<DomainReader> emc() {
    return make_emc_reader(*find_emc_files(tree.root()), {2e8, 8e8, 16e8});
  }
  BoardTree tree;
};

}  // namespace

TEST_CASE("a CPU policy's numbers are kilohertz, its table ascends") {
  Bench bench;
  bench.tree.write(kPolicy0 + "/scaling_available_frequencies", "400000 100000 200000 ");
  const auto reader = make_cpu_reader(bench.tree.root() + kPolicy0);
  CHECK(reader->frequencies_hz() == std::vector<double>{1e8, 2e8, 4e8});
  const DomainTelemetry cpu = bench.read(*reader, 0.0);
  CHECK(cpu.requested_hz == 2e8);
  CHECK(cpu.effective_hz == 2e8);
  CHECK(cpu.floor_hz == 1e8);
  CHECK(cpu.ceiling_hz == 4e8);
  CHECK_FALSE(cpu.utilization.has_value());
}

TEST_CASE("where a minimum is above the maximum the maximum wins") {
  Bench bench;
  bench.tree.write(kPolicy0 + "/scaling_min_freq", "400000");
  bench.tree.write(kPolicy0 + "/scaling_max_freq", "300000");
  const auto reader = make_cpu_reader(bench.tree.root() + kPolicy0);
  const DomainTelemetry cpu = bench.read(*reader, 0.0);
  CHECK(cpu.floor_hz == 3e8);
  CHECK(cpu.ceiling_hz == 3e8);
}

TEST_CASE("a CPU policy that goes offline reads no clock, one that is broken is an error") {
  Bench bench;
  const auto online = make_cpu_reader(bench.tree.root() + kPolicy2);
  bench.tree.write(kPolicy2 + "/scaling_cur_freq", "<unknown>");
  DomainTelemetry telemetry;
  const FileError error = online->read(0.0, DomainPart::kAll, telemetry).clock;
  CHECK(error.code == JetsonError::kMalformed);
  CHECK(bench.tree.root() + kPolicy2 + "/scaling_cur_freq" == error.file);
  CHECK_FALSE(telemetry.effective_hz.has_value());
  bench.tree.remove(kPolicy2);
  const auto offline = make_cpu_reader(bench.tree.root() + kPolicy2);
  const DomainTelemetry cpu = bench.read(*offline, 0.0);
  CHECK(cpu.requested_hz == 0.0);
  CHECK(cpu.effective_hz == 0.0);
  CHECK(cpu.ceiling_hz == 0.0);
  CHECK(offline->frequencies_hz().empty());
}

TEST_CASE("a policy that is going offline during the search is offline") {
  Bench bench;
  CHECK(find_cpu_policy(bench.tree.root(), 3) == bench.tree.root() + kPolicy2);
  bench.tree.remove(kPolicy0 + "/related_cpus");
  CHECK(find_cpu_policy(bench.tree.root(), 3) == bench.tree.root() + kPolicy2);
  CHECK(find_cpu_policy(bench.tree.root(), 0).empty());
  CHECK(find_cpu_policy(bench.tree.root(), 7).empty());
}

TEST_CASE("the GPU's busy time is its load added up over the reads") {
  Bench bench;
  const auto gpu = make_gpu_reader(bench.tree.root() + kDevfreq);
  CHECK(*bench.read(*gpu, 10.0).busy_seconds == 0.0);
  bench.tree.write(kLoad, "250");
  const DomainTelemetry read = bench.read(*gpu, 12.0);
  CHECK(*read.utilization == doctest::Approx(0.25));
  CHECK(*read.busy_seconds == doctest::Approx(0.5));
  CHECK(read.requested_hz == 3e8);
  CHECK(read.effective_hz == 2e8);
  bench.tree.write(kLoad, "1007");  // some kernels overshoot
  CHECK(*bench.read(*gpu, 13.0).utilization == 1.0);
}

TEST_CASE("a GPU without a load file has no load rather than none to do") {
  Bench bench;
  bench.tree.remove(kLoad);
  const auto gpu = make_gpu_reader(bench.tree.root() + kDevfreq);
  const DomainTelemetry read = bench.read(*gpu, 0.0);
  CHECK_FALSE(read.utilization.has_value());
  CHECK_FALSE(read.busy_seconds.has_value());
  CHECK(read.effective_hz == 2e8);
  DomainTelemetry telemetry;
  const DomainErrors errors = gpu->read(1.0, DomainPart::kAll, telemetry);
  CHECK_FALSE(errors);
  CHECK(is_gone(errors.load.code));
  CHECK(std::string(errors.load.file).ends_with("/device/load"));
}

TEST_CASE("a GPU's file that cannot be read is named") {
  Bench bench;
  bench.tree.remove(kDevfreq + "/target_freq");
  const auto gpu = make_gpu_reader(bench.tree.root() + kDevfreq);
  DomainTelemetry telemetry;
  const DomainErrors errors = gpu->read(0.0, DomainPart::kAll, telemetry);
  CHECK(errors);
  CHECK(is_gone(errors.clock.code));
  CHECK(std::string(errors.clock.file).ends_with("/target_freq"));
  CHECK_FALSE(errors.limits);
  CHECK_FALSE(telemetry.effective_hz.has_value());
  CHECK(telemetry.ceiling_hz == 3e8);
  CHECK(*telemetry.utilization == doctest::Approx(0.5));
}

TEST_CASE("limits that cannot be read are told apart from the clock and the load") {
  Bench bench;
  bench.tree.write(kDevfreq + "/min_freq", "broken");
  bench.tree.write(kLoad, "");
  const auto gpu = make_gpu_reader(bench.tree.root() + kDevfreq);
  DomainTelemetry telemetry;
  const DomainErrors errors = gpu->read(0.0, DomainPart::kAll, telemetry);
  CHECK(errors);
  CHECK(std::string(errors.limits.file).ends_with("/min_freq"));
  CHECK(errors.load.code == JetsonError::kMalformed);
  CHECK_FALSE(errors.clock);
  CHECK(telemetry.effective_hz == 2e8);
  CHECK(telemetry.ceiling_hz == 0.0);
}

TEST_CASE(
    "the memory clock's limits are its rate while locked, its table up to the cap when free") {
  Bench bench;
  const auto emc = bench.emc();
  CHECK(emc->frequencies_hz() == std::vector<double>{2e8, 8e8, 16e8});
  DomainTelemetry read = bench.read(*emc, 0.0);
  CHECK(read.floor_hz == 2e8);
  CHECK(read.ceiling_hz == 16e8);
  CHECK(*read.utilization == doctest::Approx(0.25));
  bench.tree.write("/sys/kernel/nvpmodel_emc_cap/emc_iso_cap", "1500000000");
  CHECK(bench.read(*emc, 1.0).ceiling_hz == 8e8);
  bench.tree.write(kEmc + "/mrq_rate_locked", "1");
  read = bench.read(*emc, 2.0);
  CHECK(read.floor_hz == 8e8);
  CHECK(read.ceiling_hz == 8e8);
}

TEST_CASE("a memory clock that stands still, or has no monitor, has no utilization") {
  Bench bench;
  bench.tree.write(kEmc + "/rate", "0");
  CHECK_FALSE(bench.read(*bench.emc(), 0.0).utilization.has_value());
  bench.tree.write(kEmc + "/rate", "800000000");
  bench.tree.remove("/sys/kernel/actmon_avg_activity/mc_all");
  CHECK_FALSE(bench.read(*bench.emc(), 0.0).utilization.has_value());
}
