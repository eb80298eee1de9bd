// What fails beside the governing: sensors and clocks that nobody asked for, and output that nobody
// reads.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "env/logs/telemetry_log.h"
#include "tests/support/skip.h"
#include "tests/tools/daemon/daemon_bench.h"

using namespace flyball;

namespace {

constexpr const char* kEmcRate = "sys/kernel/debug/clk/emc/clk_rate";
constexpr const char* kEmcLock = "sys/kernel/debug/clk/override.emc/clk_state";

// A file that can neither be read nor written as one.
void break_file(const Bench& bench, const std::string& path) {
  std::filesystem::remove(bench.tree().root() / path);
  std::filesystem::create_directories(bench.tree().root() / path);
}

}  // namespace

TEST_CASE("a clock that is not leased may fail for ever, from the start or later") {
  for (const char* file : {kEmcRate, kEmcLock}) {
    CAPTURE(file);
    const Bench broken;
    break_file(broken, file);
    CHECK(broken.start("run", {"--for", "1.2", "--sample", "0.02", "--json"}).wait() == 0);
    CHECK(broken.json()["errors"] == 0);
    CHECK(broken.says(std::string(file) + ": it is not a regular file"));
    CHECK(broken.tree().read(kGpuMax) == "921600000");

    const Bench later;
    ChildProcess daemon = later.start("run", {"--for", "1.5", "--sample", "0.02", "--json"});
    CHECK(daemon.wait_until([&] { return later.is_governed(); }));
    later.tree().write(file, "broken");
    CHECK(daemon.wait_until([&] { return later.says(std::string(file) + ": a board file"); }));
    CHECK(later.is_governed());
    daemon.signal(SIGTERM);
    daemon.wait();
    CHECK(later.tree().read(kGpuMin) == "76800000");
    CHECK(later.tree().read(kGpuMax) == "921600000");
  }
}

TEST_CASE("the last run's log is kept aside, and an explored one is not written over") {
  const Bench bench;
  std::ofstream(bench.log_path()) << "the last run\n";
  CHECK(bench.start("explore", {"--board", "nano-4gb", "--log", bench.log_path()}).wait() == 2);
  CHECK(bench.says("is there already; name another log"));
  CHECK(bench.start("run", {"--for", "0.3", "--log", bench.log_path()}).wait() == 0);
  std::ifstream former(bench.log_path() + ".1");
  std::string line;
  CHECK(std::getline(former, line));
  CHECK(line == "the last run");
  CHECK_NOTHROW(read_telemetry_log(bench.log_path()));
}

TEST_CASE("restore says of a folder that holds no board that nothing can be known") {
  const Bench bench;
  const std::string none = bench.log_path() + "/none";
  ChildProcess elsewhere({FLYBALLD, "restore", "--root", none}, bench.log_path());
  CHECK(elsewhere.wait() == 4);
  CHECK(bench.start("restore", {"--state", none}).wait() == 4);
  CHECK(bench.says("no such folder"));
}

TEST_CASE("a clock that is leased may not fail, and the others' readings stay") {
  const Bench bench;
  ChildProcess daemon = bench.start("run", {"--sample", "0.02", "--log", bench.log_path()});
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  bench.tree().write("sys/class/devfreq/57000000.gpu/target_freq", "broken");
  CHECK(daemon.wait() == 4);
  CHECK(bench.says("gpu/target_freq: a board file holds"));
  const TelemetryLog log = read_telemetry_log(bench.log_path());
  const auto& domains = *log.rows.back().telemetry.domains;
  CHECK(domains[0].requested_hz == 1479e6);
  CHECK_FALSE(domains[1].requested_hz);
}

TEST_CASE("a sensor whose name cannot be read is absent, and is named") {
  const Bench bench;
  const std::string zone = "sys/class/thermal/thermal_zone0/";
  bench.tree().write(zone + "temp", "41000");
  break_file(bench, zone + "type");
  const std::string rail = "sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/";
  bench.tree().write(rail + "in_power0_input", "1000");
  break_file(bench, rail + "rail_name_0");
  CHECK(bench.start("run", {"--for", "0.3"}).wait() == 0);
  CHECK(bench.says("thermal_zone0/type: cannot be read"));
  CHECK(bench.says("rail_name_0: cannot be read"));
}

TEST_CASE("limits that read as nonsense end the run, and are given back all the same") {
  for (const char* file : {kGpuMin, kGpuMax, kCpuMin}) {
    CAPTURE(file);
    const Bench bench;
    ChildProcess daemon = bench.start("run", {"--sample", "0.02"});
    CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
    bench.tree().write(file, "");
    CHECK(daemon.wait() == 4);
    CHECK(bench.says(std::string(file) + ": a board file holds an unexpected text"));
    CHECK(bench.is_as_before());
  }
}

TEST_CASE("a clock that the policy turns without seeing it may fail, one without a load is told") {
  const Bench bench;
  PolicyFile file = constant_policy();
  file.metadata.encoder.with_effective = false;
  file.metadata.encoder.with_utilization = false;
  file.metadata.encoder.with_vector_to_go = false;
  Tensor& weight = file.tensors["cost.0.weight"];
  weight.shape[1] = observation_names(file.metadata).size();
  weight.values.assign(weight.shape[0] * weight.shape[1], 0.0F);
  save_policy(bench.policy(), file);
  std::filesystem::remove(bench.tree().root() / "sys/class/devfreq/57000000.gpu/device/load");
  ChildProcess daemon = bench.start("run", {"--sample", "0.02", "--json"});
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  bench.tree().write("sys/class/devfreq/57000000.gpu/cur_freq", "broken");
  CHECK(daemon.wait_until([&] { return bench.says("gpu/cur_freq: a board file holds"); }));
  CHECK(bench.is_governed());
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  CHECK(bench.says("gpu/device/load: No such file or directory: absent as long as this lasts"));
  CHECK(bench.json()["errors"] == 0);
}

TEST_CASE("a log that nobody reads ends, governing does not") {
  const Bench bench;
  REQUIRE(mkfifo(bench.log_path().c_str(), 0600) == 0);
  CHECK(bench.start("run", {"--for", "0.2", "--log", bench.log_path()}).wait() == 3);
  CHECK(bench.says("log.csv: nobody reads it"));
  CHECK(bench.is_as_before());

  const int reader = open(bench.log_path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  ChildProcess daemon = bench.start(
      "run", {"--for", "2", "--sample", "0.002", "--period", "0.1", "--log", bench.log_path()});
  CHECK(daemon.wait() == 0);
  close(reader);
  CHECK(bench.is_as_before());
  CHECK(bench.says("ends here, governing goes on"));
  CHECK(bench.says("ended by duration"));
}

TEST_CASE("who waits for a board says so meanwhile, and when it is there") {
  const Bench bench;
  const std::filesystem::path files = bench.tree().root() / "sys/devices/system/cpu/cpufreq";
  std::filesystem::rename(files, files.string() + ".away");
  ChildProcess daemon = bench.start("run", {"--wait", "20", "--for", "0.2"});
  CHECK(daemon.wait_until([&] { return bench.says("still no board's files after 2 of 20 s"); }));
  std::filesystem::rename(files.string() + ".away", files);
  CHECK(daemon.wait() == 0);
  CHECK(bench.says("the board's files are there after 2."));
  CHECK(bench.is_as_before());
}

TEST_CASE("a GPU that appears late is waited for where it is to be turned") {
  const Bench bench;
  const std::filesystem::path files = bench.tree().root() / "sys/class/devfreq";
  std::filesystem::rename(files, files.string() + ".away");
  ChildProcess daemon = bench.start("run", {"--wait", "20", "--for", "0.3"});
  CHECK(daemon.wait_until([&] { return bench.says("no GPU's files yet; waits 20 s for them"); }));
  std::filesystem::rename(files.string() + ".away", files);
  CHECK(daemon.wait() == 0);
  CHECK(bench.says("the GPU's files are there after"));
  CHECK(bench.is_as_before());
  std::filesystem::remove_all(files);
  CHECK(bench.start("run", {"--wait", "0.2", "--for", "0.3"}).wait() == 4);
  CHECK(bench.says("the board lacks what is to be turned"));
}

TEST_CASE("a CPU that the hardware holds back is told") {
  const Bench bench;
  bench.tree().write("sys/devices/system/cpu/cpufreq/policy0/cpuinfo_cur_freq", "600000");
  ChildProcess daemon = bench.start("run", {"--for", "0.4"});
  CHECK(daemon.wait() == 0);
  CHECK(bench.says("cpu0: the hardware runs it at 600 MHz where 1479 are asked for"));
}

TEST_CASE("remarks that nobody reads stop nothing") {
  const Bench bench;
  const std::string pipe = bench.log_path() + ".pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  const int writer = open(pipe.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  const std::string page(4096, 'x');
  while (write(writer, page.data(), page.size()) > 0) continue;
  close(writer);
  ChildProcess daemon({"/bin/sh", "-c",
                       "exec " FLYBALLD " run --policy " + bench.policy().string() + " --root " +
                           bench.tree().root().string() + " --for 2 2>" + pipe},
                      bench.log_path() + ".out");
  CHECK(daemon.wait() == 0);
  close(reader);
  CHECK(bench.is_as_before());
}

TEST_CASE("whatever the application puts in its file's place keeps no board from starting") {
  const Bench bench;
  const std::string batch = "run/flyball/application/batch_recommended";
  bench.tree().write("run/flyball/backup", "flyball-backup 1\nvalue " + batch + " 4\nend 1");
  break_file(bench, batch);
  CHECK(bench.start("restore").wait() == 0);
  CHECK(bench.says("batch_recommended: it is not a regular file: left as the application has it"));
  CHECK(bench.start("run", {"--for", "0.3"}).wait() == 0);
}

TEST_CASE("figures that could not be read after the application's restart are told at the start") {
  if (geteuid() != 0) return skip_test("needs root");
  const Bench bench;
  const std::filesystem::path telemetry = bench.tree().root() / "run/flyball/application/telemetry";
  bench.tree().write("run/flyball/application/telemetry", "stamp_seconds 0");
  // The tree lies in a directory of root's own.
  REQUIRE(chmod(bench.tree().root().parent_path().c_str(), 0755) == 0);
  REQUIRE(chmod(telemetry.c_str(), 0600) == 0);
  CHECK(bench.start("run", {"--for", "0.3"}).wait() == 0);  // this policy does not need them
  CHECK(bench.says("telemetry: closed to user "));

  PolicyFile file = constant_policy();
  file.metadata.encoder.with_queue = true;
  Tensor& weight = file.tensors["cost.0.weight"];
  weight.shape[1] = observation_names(file.metadata).size();
  weight.values.assign(weight.shape[0] * weight.shape[1], 0.0F);
  save_policy(bench.policy(), file);
  CHECK(bench.start("run", {"--for", "0.3"}).wait() == 4);
  CHECK(bench.says("telemetry: closed to user "));
  CHECK(bench.says("(mode 0600, owner 0): the application's figures would be lost"));
  CHECK(bench.is_as_before());

  REQUIRE(chmod(telemetry.c_str(), 0644) == 0);
  CHECK(bench.start("run", {"--for", "0.3"}).wait() == 0);
  CHECK_FALSE(bench.says("closed to user"));

  REQUIRE(chmod(telemetry.parent_path().c_str(), 0700) == 0);
  CHECK(bench.start("run", {"--for", "0.3"}).wait() == 4);
  CHECK(bench.says("run/flyball/application: closed to user "));
}

TEST_CASE("a policy that decides without end is refused") {
  for (const double seconds : {1e-300, 1e300}) {
    const Bench bench;
    PolicyFile file = constant_policy();
    file.metadata.encoder.period_seconds = seconds;
    save_policy(bench.policy(), file);
    CHECK(bench.start("run", {"--for", "0.3"}).wait() == 3);
    CHECK(bench.says("allowed are 0.001 to 3600 s"));
    CHECK(bench.start("run", {"--for", "0.3", "--period", "0.1"}).wait() == 0);
  }
}
