#include "controllers/policy_load.h"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

using namespace flyball;

namespace {

// Cumulative times of two CPUs, told at a time.
class Cpus {
 public:
  Cpus() { tell(); }

  // Each CPU is busy for a share of the next `seconds`, waits for storage for another, else idles.
  const Telemetry& pass(double seconds, double busy0, double busy1, double iowait = 0.0) {
    time_seconds_ += seconds;
    add(0, seconds, busy0, iowait);
    add(1, seconds, busy1, iowait);
    tell();
    return telemetry_;
  }
  const Telemetry& telemetry() const { return telemetry_; }

 private:
  void add(std::size_t cpu, double seconds, double busy, double iowait) {
    cpus_[cpu].busy_seconds += seconds * busy;
    cpus_[cpu].iowait_seconds += seconds * iowait;
    cpus_[cpu].idle_seconds += seconds * (1.0 - busy - iowait);
  }
  void tell() { telemetry_.cpus.refill(time_seconds_) = cpus_; }

  double time_seconds_ = 1.0;
  std::vector<CpuTelemetry> cpus_{2};
  Telemetry telemetry_;
};

const std::vector<int> kBoth = {0, 1};

}  // namespace

TEST_CASE("a policy's load is that of its busiest CPU, in whole percent") {
  Cpus cpus;
  PolicyLoadSampler sampler(kBoth);
  REQUIRE(sampler.take(cpus.telemetry()));
  CHECK_FALSE(sampler.load(0.1).has_value());  // no window yet
  REQUIRE(sampler.take(cpus.pass(0.1, 0.2, 0.754)));
  const std::optional<PolicyLoad> load = sampler.load(0.1);
  REQUIRE(load.has_value());
  CHECK(load->percent == 75);
  CHECK_FALSE(load->idle_periods.has_value());
}

TEST_CASE("waiting for storage is idle time, unless it counts as busy") {
  for (const IoWait iowait : {IoWait::kIdle, IoWait::kBusy}) {
    Cpus cpus;
    PolicyLoadSampler sampler(kBoth, iowait);
    sampler.take(cpus.telemetry());
    sampler.take(cpus.pass(0.1, 0.3, 0.3, 0.5));
    CHECK(sampler.load(0.1)->percent == (iowait == IoWait::kBusy ? 80 : 30));
  }
}

TEST_CASE("after a long sleep the load from before is taken once, and the sleep is told") {
  Cpus cpus;
  PolicyLoadSampler sampler(kBoth);
  sampler.take(cpus.telemetry());
  sampler.take(cpus.pass(0.1, 0.8, 0.8));
  REQUIRE(sampler.load(0.1)->percent == 80);
  sampler.take(cpus.pass(0.5, 0.0, 0.0));
  std::optional<PolicyLoad> load = sampler.load(0.1);
  CHECK(load->percent == 80);
  CHECK(load->idle_periods == 5);
  sampler.take(cpus.pass(0.5, 0.0, 0.0));
  load = sampler.load(0.1);
  CHECK(load->percent == 0);
  CHECK(load->idle_periods == 5);
}

TEST_CASE("how long a policy slept is told by the CPU that slept least") {
  Cpus cpus;
  PolicyLoadSampler sampler(kBoth);
  sampler.take(cpus.telemetry());
  sampler.take(cpus.pass(1.0, 0.0, 0.6));
  CHECK(sampler.load(0.1)->idle_periods == 4);
}
