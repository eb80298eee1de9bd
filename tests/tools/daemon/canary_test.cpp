// A policy and the kernel's governors by turns on a board whose power goes by the clocks.
#include <doctest/doctest.h>
#include <signal.h>

#include <fstream>
#include <iomanip>
#include <string>
#include <vector>

#include "env/jetson/sysfs_file.h"
#include "tests/tools/daemon/daemon_bench.h"

using namespace flyball;

namespace {

constexpr const char* kSensor = "sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/";
const std::vector<std::string> kQuick = {"--canary", "50%", "--canary-slice", "1"};

// Draws `governed` mW where the policy's clocks are in force, 10 W otherwise.
class PoweredBench : public Bench {
 public:
  explicit PoweredBench(int governed) : governed_(governed) {
    tree().write(std::string(kSensor) + "rail_name_0", "POM_5V_IN");
    tree().write(std::string(kSensor) + "in_power0_input", "10000");
    let_others_in(*this);
  }
  void draw() const {
    // In place, in one write, and as long as before: who reads it has all of one.
    std::fstream file(tree().root() / kSensor / "in_power0_input", std::ios::in | std::ios::out);
    file << std::setw(5) << (is_governed() ? governed_ : 10000) << std::flush;
  }
  ChildProcess run(std::vector<std::string> more) const {
    std::vector<std::string> options = kQuick;
    options.insert(options.end(), more.begin(), more.end());
    return start("run", options);
  }
  // The board goes on until it says so.
  bool hears(ChildProcess& daemon, const std::string& part) const {
    return daemon.wait_until([&] {
      draw();
      return says(part);
    });
  }
  bool has_its_clocks() const {
    return tree().read(kCpuMin) == "102000" && tree().read(kCpuMax) == "1479000" &&
           tree().read(kGpuMin) == "76800000" && tree().read(kGpuMax) == "921600000";
  }
  nlohmann::json status() const {
    const std::string path = log_path() + ".status";
    ChildProcess({FLYBALLD, "status", "--json", "--root", tree().root().string()}, path).wait();
    return nlohmann::json::parse(read_text(path));
  }

 private:
  int governed_;
};

}  // namespace

TEST_CASE("a policy that proves nothing is rolled back, stays so after a restart, and says why") {
  const PoweredBench bench(10000);
  ChildProcess daemon = bench.run({"--canary-pairs", "2"});
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  CHECK(bench.hears(daemon,
                    "canary: rolled back, the kernel's governors decide: no saving was "
                    "proven: after 2 pairs of slices saves 0.0 % of power at equal load"));
  CHECK(daemon.wait_until([&] { return bench.status()["canary"]["verdict"] == "rolled back"; }));
  const nlohmann::json status = bench.status();
  CHECK(status["canary"]["share"] == 0.0);
  CHECK(status["canary"]["reason"].get<std::string>().starts_with("no saving was proven"));
  CHECK(status["decided_by"] == "kernel");
  CHECK_FALSE(bench.is_governed());
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  CHECK(bench.has_its_clocks());

  ChildProcess again = bench.run({"--canary-pairs", "2", "--for", "1.5", "--json"});
  CHECK(bench.hears(again, "rolled back, the kernel's governors decide: no saving was proven"));
  CHECK(bench.says("var/lib/flyball/canary to begin anew"));
  CHECK(again.wait() == 0);
  CHECK(bench.json()["canary"]["verdict"] == "rolled back");
  CHECK(bench.json()["last_levels"].empty());

  // Another policy is none of that.
  PolicyFile other = constant_policy();
  other.tensors["cost.0.bias"].values[0] = 2.0F;
  save_policy(bench.policy(), other);
  ChildProcess next = bench.run({"--canary-pairs", "2"});
  CHECK(next.wait_until([&] { return bench.is_governed(); }));
  next.signal(SIGTERM);
  CHECK(next.wait() == 0);
}

TEST_CASE("a policy that saves is kept") {
  const PoweredBench bench(1000);
  ChildProcess daemon = bench.run({"--canary-confidence", "0.5"});
  CHECK(bench.hears(daemon, "canary: kept, the policy has 50 % of the time: after "));
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  CHECK(bench.has_its_clocks());
  CHECK(bench.says("\ncanary: kept, the policy has 50 % of the time: after "));
}

TEST_CASE("a canary that cannot be is refused by name") {
  const Bench bench;
  const auto refused = [&](std::vector<std::string> more, int code, const char* why) {
    CAPTURE(why);
    more.insert(more.end(), {"--wait", "0"});
    CHECK(bench.start("run", std::move(more)).wait() == code);
    CHECK(bench.says(why));
  };
  refused({"--canary", "80%"}, 2, "--canary: ");
  refused({"--canary", "10%", "--dry-run"}, 2, "--canary with --dry-run");
  refused({"--canary", "10%", "--canary-slice", "0.1"}, 2, "--canary-slice 0.1: 0.08 s of it");
  refused({"--canary-pairs", "7"}, 2, "--canary-pairs requires --canary");
  refused({"--canary", "0.1"}, 4, "no power sensor was found");
}
