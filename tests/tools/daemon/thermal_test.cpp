// A policy that asks for high clocks on a board that gets hot.
#include <doctest/doctest.h>
#include <signal.h>

#include <fstream>
#include <string>

#include "env/jetson/sysfs_file.h"
#include "tests/tools/daemon/daemon_bench.h"

using namespace flyball;

namespace {

const std::string kZone = "sys/class/thermal/thermal_zone0/";

// In place: who reads it has all of one.
void set_celsius(const Bench& bench, int celsius) {
  std::fstream file(bench.tree().root() / (kZone + "temp"), std::ios::in | std::ios::out);
  file << celsius * 1000 << std::flush;
}

void add_zone(const Bench& bench) {
  bench.tree().write(kZone + "type", "CPU-therm");
  bench.tree().write(kZone + "temp", "50000");
  bench.tree().write(kZone + "trip_point_0_type", "passive");
  bench.tree().write(kZone + "trip_point_0_temp", "95500");
  let_others_in(bench);
}

}  // namespace

TEST_CASE("a hot board's clocks go down whatever the policy asks, and it is told where and why") {
  const Bench bench;
  add_zone(bench);
  ChildProcess daemon = bench.start("run");
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  CHECK(bench.says("every zone is kept under 90.5 degrees C (1 zones)"));
  set_celsius(bench, 92);
  CHECK(daemon.wait_until([&] { return std::stol(bench.tree().read(kGpuMax)) < 614400000; }));
  CHECK(bench.says("hot: cpu is at 92.0 degrees C, its limit is 90.5"));
  const std::string path = bench.log_path() + ".status";
  CHECK(daemon.wait_until([&] {
    ChildProcess({FLYBALLD, "status", "--json", "--root", bench.tree().root().string()}, path)
        .wait();
    return nlohmann::json::parse(read_text(path))["thermal"]["state"] == "lowering";
  }));
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  CHECK(bench.tree().read(kGpuMax) == "921600000");
  CHECK(bench.tree().read(kCpuMax) == "1479000");
}

TEST_CASE("a thermal limit of one's own needs a zone, and can be switched off") {
  const Bench bench;
  CHECK(bench.start("run", {"--for", "0.3", "--thermal-limit", "80"}).wait() == 4);
  CHECK(bench.says("--thermal-limit: " + bench.tree().root().string() + ": no thermal zone"));
  CHECK(bench.start("run", {"--for", "0.3", "--thermal-limit", "200"}).wait() == 2);
  CHECK(bench.start("run", {"--for", "0.3"}).wait() == 0);
  CHECK(bench.says("no trip point of a thermal zone can be read"));
  CHECK(bench.start("run", {"--for", "0.3", "--thermal-limit", "off"}).wait() == 0);
  CHECK_FALSE(bench.says("thermal"));
  CHECK(bench.is_as_before());
}
