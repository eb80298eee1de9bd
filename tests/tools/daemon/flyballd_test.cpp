#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "env/action_space.h"
#include "env/jetson/sysfs_file.h"
#include "env/logs/telemetry_log.h"
#include "env/output_file.h"
#include "policies/policy_file.h"
#include "tests/tools/daemon/daemon_bench.h"
#include "tools/config/board_config.h"

using namespace flyball;

TEST_CASE("an action reaches the board's files, and at the end they read as before") {
  const Bench bench;
  ChildProcess daemon = bench.start("run", {"--for", "0.5", "--json", "--log", bench.log_path()});
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  CHECK(daemon.wait() == 0);
  CHECK(bench.is_as_before());
  CHECK_FALSE(bench.says("died"));
  const nlohmann::json report = bench.json();
  CHECK(report["ended_by"] == "duration");
  CHECK(report["decisions"] >= 2);
  CHECK(report["errors"] == 0);
  CHECK(report["restore_failures"].empty());
  CHECK(report["last_levels"] == nlohmann::json({403.2e6, 614.4e6}));
  const TelemetryLog log = read_telemetry_log(bench.log_path());
  REQUIRE(log.rows.size() >= 2);
  CHECK(log.rows.front().decided_by == DecidedBy::kPolicy);
}

TEST_CASE("a policy that serves several preferences is told which, one that does not refuses") {
  const Bench bench;
  ChildProcess refused = bench.start("run", {"--for", "0.5", "--eta", "0.3"});
  CHECK(refused.wait() == 3);
  CHECK(bench.says("eta = 0.3: the policy serves 1 alone"));
  CHECK(bench.is_as_before());

  // Another setting is cheaper where eta is below 0.3.
  PolicyFile file = constant_policy();
  file.metadata.encoder.with_eta = true;
  file.metadata.served_eta = ServedRange{0.0, 1.0};
  const std::vector<std::string> names = observation_names(file.metadata);
  const auto eta =
      static_cast<std::size_t>(std::find(names.begin(), names.end(), "eta") - names.begin());
  const std::size_t actions = action_count(file.metadata);
  Tensor& weight = file.tensors["cost.0.weight"];
  weight = {{actions, names.size()}, std::vector<float>(actions * names.size(), 0.0F)};
  const std::vector<Level> other = {5, 9};
  const std::size_t index = ActionSpace({15, 12}).index_of(other);
  weight.values[index * names.size() + eta] = 2.0F;  // 2 eta - 0.6 against 0
  file.tensors["cost.0.bias"].values[index] = -0.6F;
  save_policy(bench.policy(), file);
  for (const auto& [asked, levels] : {std::pair{"0.9", nlohmann::json({403.2e6, 614.4e6})},
                                      std::pair{"0.1", nlohmann::json({614.4e6, 768e6})}}) {
    ChildProcess daemon = bench.start("run", {"--for", "0.5", "--json", "--eta", asked});
    CHECK(daemon.wait() == 0);
    CHECK(bench.json()["last_levels"] == levels);
    CHECK(bench.is_as_before());
  }
}

TEST_CASE("a signal ends a run in good order") {
  for (const int number : {SIGINT, SIGTERM}) {
    CAPTURE(number);
    const Bench bench;
    ChildProcess daemon = bench.start("run");
    CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
    daemon.signal(number);
    daemon.signal(number);  // one more must not stop the giving back
    CHECK(daemon.wait() == 0);
    CHECK(bench.is_as_before());
    CHECK(bench.says("given back to the kernel as found, or as others set them meanwhile"));
  }
}

TEST_CASE("a log with a limit is opened before root's rights go, and goes round") {
  const Bench bench;
  ChildProcess daemon =
      bench.start("run", {"--for", "2.5", "--sample", "0.002", "--period", "0.004", "--log",
                          bench.log_path(), "--log-limit", "0.1"});
  CHECK(daemon.wait() == 0);
  CHECK_FALSE(bench.says("the log"));
  std::size_t rows = 0;
  for (const char* end : {".csv", "-2.csv"}) {
    const std::string path = bench.log_path();
    rows += read_telemetry_log(path.substr(0, path.size() - 4) + end).rows.size();
  }
  CHECK(rows > 100);
}

TEST_CASE("a signal ends a sleep of half a minute at once") {
  const Bench bench;
  ChildProcess daemon = bench.start("run", {"--period", "30", "--sample", "30"});
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);  // wait() throws after 20 s
  CHECK(bench.is_as_before());
}

TEST_CASE("a run cut short of its duration says so by its exit code") {
  const Bench bench;
  ChildProcess daemon = bench.start("run", {"--for", "600"});
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  daemon.signal(SIGINT);
  CHECK(daemon.wait() == 130);
  CHECK(bench.is_as_before());
}

TEST_CASE("limits that somebody else writes are obeyed, told, and left to them") {
  const Bench bench;
  ChildProcess daemon = bench.start("run", {"--for", "2", "--json"});
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  bench.tree().write(kCpuMin, "102000");
  bench.tree().write(kCpuMax, "204000");
  bench.tree().write(kGpuMin, "76800000");
  bench.tree().write(kGpuMax, "307200000");
  const auto is_pinned = [&](const char* min, const char* max, long long highest) {
    const std::string pinned = bench.tree().read(max);
    return !pinned.empty() && bench.tree().read(min) == pinned && std::stoll(pinned) <= highest;
  };
  CHECK(daemon.wait_until([&] {
    return is_pinned(kGpuMin, kGpuMax, 307200000) && is_pinned(kCpuMin, kCpuMax, 204000);
  }));
  CHECK(daemon.wait() == 0);
  CHECK(bench.tree().read(kCpuMin) == "102000");
  CHECK(bench.tree().read(kCpuMax) == "204000");
  CHECK(bench.tree().read(kGpuMin) == "76800000");
  CHECK(bench.tree().read(kGpuMax) == "307200000");
  CHECK(bench.says("gpu/max_freq: somebody else wrote 307200000"));
}

TEST_CASE("limits that shut out all that the policy knows are told, and the kernel decides") {
  const Bench bench;
  PolicyFile file = constant_policy();
  std::fill(file.metadata.support.begin(), file.metadata.support.end(), std::uint8_t{0});
  const std::vector<Level> chosen = {3, 7};
  file.metadata.support[ActionSpace({15, 12}).index_of(chosen)] = 1;
  save_policy(bench.policy(), file);
  const std::string told =
      "no setting that the policy knows lies inside the limits; the kernel decides until they are "
      "wider";
  ChildProcess daemon = bench.start("run", {"--json"});
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  bench.tree().write(kGpuMin, "76800000");
  bench.tree().write(kGpuMax, "307200000");
  CHECK(daemon.wait_until([&] { return bench.says(told); }));
  CHECK(daemon.wait_until([&] { return bench.tree().read(kCpuMax) == "1479000"; }));
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  const std::string output = bench.output();
  CHECK(output.find(told) == output.rfind(told));
  CHECK(bench.json()["left_to_kernel"] > 0);
  CHECK(bench.json()["last_levels"].empty());
  CHECK(bench.tree().read(kGpuMax) == "307200000");
}

TEST_CASE("another mode of nvpmodel's is told, followed, and ends an episode of the log") {
  const Bench bench;
  let_others_in(bench);
  bench.tree().write("var/lib/nvpmodel/status", "pmode:0000");
  ChildProcess daemon = bench.start("run", {"--for", "3", "--json", "--log", bench.log_path()});
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  bench.tree().write("var/lib/nvpmodel/status", "pmode:0001 fmode:quiet");
  bench.tree().write(kGpuMin, "76800000");
  bench.tree().write(kGpuMax, "307200000");
  CHECK(daemon.wait_until([&] { return bench.says("nvpmodel: the mode is 1 (5W) now"); }));
  CHECK(daemon.wait_until([&] {
    const std::string pinned = bench.tree().read(kGpuMax);
    return !pinned.empty() && pinned == bench.tree().read(kGpuMin) &&
           std::stoll(pinned) <= 307200000;
  }));
  CHECK(daemon.wait() == 0);
  CHECK(bench.tree().read(kGpuMax) == "307200000");
  const TelemetryLog log = read_telemetry_log(bench.log_path());
  REQUIRE(log.header.modes.size() == 2);
  std::size_t ends = 0;
  for (std::size_t i = 0; i + 1 < log.rows.size(); ++i) {
    const TelemetryRow& row = log.rows[i];
    CHECK(row.truncated == (row.mode != log.rows[i + 1].mode));
    ends += row.truncated ? 1 : 0;
  }
  CHECK(log.rows.front().mode == 0);
  CHECK(log.rows.back().mode == 1);
  CHECK(ends == 1);
}

TEST_CASE("a shadow writes nothing, tells what was wanted, and logs what the kernel chose") {
  const Bench bench;
  ChildProcess shadow = bench.start("shadow", {"--policy", bench.policy().string(), "--for", "0.6",
                                               "--json", "--log", bench.log_path()});
  CHECK(shadow.wait() == 0);
  CHECK(bench.is_as_before());
  const nlohmann::json json = bench.json();
  CHECK(json["dry_run"] == true);
  CHECK(json["shadow"]["decisions"] >= 2);
  CHECK(json["shadow"]["same_share"] == 0.0);
  REQUIRE(json["shadow"]["wanted"]["gpu"].size() == 1);
  CHECK(json["shadow"]["wanted"]["gpu"][0]["level"] == 614.4e6);
  const TelemetryLog log = read_telemetry_log(bench.log_path());
  std::size_t decided = 0;
  for (const TelemetryRow& row : log.rows) {
    CHECK(row.decided_by == DecidedBy::kResident);
    CHECK_FALSE(row.setting);
    decided += row.decided ? 1 : 0;
  }
  CHECK(decided >= 2);
}

TEST_CASE("a running daemon tells its status, is paused, goes on, and its end is told") {
  const Bench bench;
  let_others_in(bench);
  const std::string told = bench.log_path() + ".told";
  const auto flyballd = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), FLYBALLD);
    arguments.insert(arguments.end(), {"--root", bench.tree().root().string()});
    return ChildProcess(std::move(arguments), told).wait();
  };
  const auto status = [&] {
    std::ifstream in(told);
    return nlohmann::json::parse(in);
  };
  CHECK(flyballd({"status"}) == 1);
  CHECK(flyballd({"pause", "10m"}) == 1);
  CHECK(flyballd({"resume"}) == 1);
  ChildProcess daemon = bench.start("run");
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  CHECK(daemon.wait_until([&] {
    return flyballd({"status", "--json"}) == 0 && status()["decided_by"] == "governor";
  }));
  CHECK(status()["board"] == "nano-4gb");
  CHECK(status()["knobs"][1]["ceiling"] == 614.4e6);
  const std::string figures = bench.log_path() + ".prom";
  CHECK(flyballd({"status", "--metrics", figures}) == 0);
  CHECK(read_text(figures).find("\nflyball_knob_ceiling{knob=\"gpu\"} 614400000\n") !=
        std::string::npos);
  CHECK(flyballd({"pause", "soon"}) == 2);
  CHECK(flyballd({"pause", "10m"}) == 0);
  CHECK(daemon.wait_until([&] {
    return bench.tree().read(kCpuMin) == "102000" && bench.tree().read(kCpuMax) == "1479000" &&
           bench.tree().read(kGpuMax) == "921600000";
  }));
  CHECK(bench.says("paused for 600 s"));
  CHECK(daemon.wait_until([&] {
    return flyballd({"status", "--json"}) == 0 && status()["state"] == "paused";
  }));
  CHECK(flyballd({"resume"}) == 0);
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  CHECK(bench.says("the pause is over"));
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  CHECK(bench.is_as_before());
  CHECK(flyballd({"status", "--json"}) == 1);
  CHECK(status()["state"] == "ended");
}

TEST_CASE("a killed daemon's status says that it died") {
  const Bench bench;
  ChildProcess daemon = bench.start("run");
  const std::filesystem::path file = bench.tree().root() / "run/flyball/status";
  CHECK(daemon.wait_until(
      [&] { return std::filesystem::exists(file) && std::filesystem::file_size(file) > 0; }));
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  daemon.signal(SIGKILL);
  daemon.wait();
  const std::string told = bench.log_path() + ".told";
  ChildProcess status({FLYBALLD, "status", "--root", bench.tree().root().string()}, told);
  CHECK(status.wait() == 1);
  std::ifstream in(told);
  std::string line;
  std::getline(in, line);
  CAPTURE(line);
  CHECK(line.starts_with("died "));
}

TEST_CASE("clocks that jetson_clocks holds are refused with the way out") {
  const Bench bench;
  bench.tree().write(kCpuMin, "1479000");
  bench.tree().write(kGpuMin, "921600000");
  CHECK(bench.start("run", {"--for", "1"}).wait() == 4);
  CHECK(bench.says("jetson_clocks --restore"));
}

TEST_CASE("a single clock that somebody holds is named at the start, and the other is governed") {
  const Bench bench;
  bench.tree().write(kGpuMin, "921600000");
  ChildProcess daemon = bench.start("run", {"--for", "0.5"});
  CHECK(daemon.wait_until([&] { return bench.tree().read(kCpuMax) != "1479000"; }));
  CHECK(daemon.wait() == 0);
  CHECK(bench.says("gpu/min_freq: the minimum is the maximum, so gpu stays at 921.6 MHz"));
  CHECK_FALSE(bench.says("so cpu stays"));
}

TEST_CASE("another table is served where the policy's frequencies are there, within 1 %") {
  const Bench bench;
  // One level less, one more, and the policy's own slightly off.
  bench.tree().write("sys/class/devfreq/57000000.gpu/available_frequencies",
                     "153600000 230400000 307200000 384000000 460800000 537600000 614000000 "
                     "691200000 768000000 844800000 921600000 998400000");
  PolicyFile file = constant_policy();
  std::fill(file.metadata.support.begin(), file.metadata.support.end(), std::uint8_t{0});
  const std::vector<Level> chosen = {3, 7};
  file.metadata.support[ActionSpace({15, 12}).index_of(chosen)] = 1;
  save_policy(bench.policy(), file);
  ChildProcess daemon = bench.start("run", {"--for", "0.5"});
  CHECK(daemon.wait_until([&] { return bench.tree().read(kGpuMax) == "614000000"; }));
  CHECK(daemon.wait() == 0);
}

TEST_CASE("a sensor that the policy does not use may fail for ever, and is named once") {
  const Bench bench;
  const std::string rail = "sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/";
  bench.tree().write(rail + "rail_name_0", "POM_5V_IN");
  bench.tree().write(rail + "in_power0_input", "broken");
  CHECK(bench.start("run", {"--for", "1.2", "--sample", "0.02", "--json"}).wait() == 0);
  CHECK(bench.json()["errors"] == 0);
  CHECK(bench.says("in_power0_input: a board file holds an unexpected text"));
}

TEST_CASE("readings that all fail end the run, however seldom they are") {
  const Bench bench;
  ChildProcess daemon = bench.start("run", {"--sample", "0.1"});
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  bench.tree().write("sys/class/devfreq/57000000.gpu/cur_freq", "broken");
  CHECK(daemon.wait() == 4);
  CHECK(bench.says("gpu/cur_freq: a board file holds"));
}

TEST_CASE("every signal that can be caught gives the clocks back") {
  for (const int number : {SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGPROF, SIGIO, SIGXCPU, SIGPWR,
                           SIGSYS, SIGABRT, SIGSEGV, SIGBUS}) {
    CAPTURE(number);
    const Bench bench;
    ChildProcess daemon = bench.start("run");
    CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
    daemon.signal(number);
    CHECK(daemon.wait() == 0);
    CHECK(bench.is_as_before());
  }
}

TEST_CASE("a log that cannot grow ends, governing does not") {
  const Bench bench;
  ChildProcess daemon({"/bin/sh", "-c",
                       "ulimit -f 32; exec " FLYBALLD " run --policy " + bench.policy().string() +
                           " --root " + bench.tree().root().string() +
                           " --sample 0.002 --period 0.1 --for 2 --json --log " + bench.log_path()},
                      bench.log_path() + ".out");
  CHECK(daemon.wait() == 0);
  CHECK(bench.is_as_before());
  std::ifstream in(bench.log_path() + ".out");
  std::ostringstream text;
  text << in.rdbuf();
  CHECK(text.str().find("ends here, governing goes on") != std::string::npos);
}

TEST_CASE("a late request raises to the highest clocks, however far the next decision is") {
  const Bench bench;
  const auto report = [&](double slack_seconds) {
    const double now = std::chrono::duration<double>(  // CLOCK_MONOTONIC
                           std::chrono::steady_clock::now().time_since_epoch())
                           .count();
    bench.tree().write("run/flyball/application/next",
                       "stamp_seconds " + std::to_string(now) +
                           "\narrived 40\nserved 39\nmissed 0\nin_system_seconds 8\nbatches 39\n"
                           "queue_length 1\ndeadline_seconds 0.5\nslack_seconds " +
                           std::to_string(slack_seconds));
    const std::filesystem::path folder = bench.tree().root() / "run/flyball/application";
    std::filesystem::rename(folder / "next", folder / "telemetry");
  };
  report(0.3);
  let_others_in(bench);
  ChildProcess daemon = bench.start("run", {"--period", "10", "--sample", "0.1"});
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  const auto begin = std::chrono::steady_clock::now();
  report(-0.1);
  CHECK(daemon.wait_until([&] { return bench.tree().read(kCpuMin) == "1479000"; }));
  CHECK(bench.tree().read(kGpuMin) == "921600000");
  CHECK(seconds_since(begin) < 5.0);
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  CHECK(bench.says("policy guarded for"));
  CHECK(bench.is_as_before());
}

TEST_CASE("a second daemon is refused and disturbs nothing") {
  const Bench bench;
  ChildProcess first = bench.start("run");
  CHECK(first.wait_until([&] { return bench.is_governed(); }));
  CHECK(bench.start("run", {"--for", "0.2"}).wait() == 4);
  CHECK(bench.says("another flyballd"));
  CHECK(bench.start("restore").wait() == 4);
  CHECK(bench.is_governed());
  first.signal(SIGTERM);
  CHECK(first.wait() == 0);
  CHECK(bench.is_as_before());
}

TEST_CASE("restore refuses while a daemon governs that keeps its state elsewhere") {
  const Bench bench;
  const std::filesystem::path state = bench.tree().root() / "elsewhere";
  std::filesystem::create_directory(state);
  ChildProcess daemon = bench.start("run", {"--state", state.string()});
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  CHECK(bench.start("restore").wait() == 4);
  CHECK(bench.says("another process governs this board"));
  CHECK(bench.is_governed());
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  CHECK(bench.start("restore").wait() == 0);
  CHECK(bench.says("nothing to put back"));
}

TEST_CASE("device errors beyond the budget give the clocks back to the kernel") {
  const Bench bench;
  ChildProcess daemon = bench.start("run", {"--sample", "0.01"});
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  bench.tree().write("sys/class/devfreq/57000000.gpu/cur_freq", "broken");
  CHECK(daemon.wait() == 4);
  CHECK(bench.says("too many device errors"));
  bench.tree().write("sys/class/devfreq/57000000.gpu/cur_freq", "76800000");
  CHECK(bench.is_as_before());
}

TEST_CASE("a dry run writes nothing to the board") {
  const Bench bench;
  CHECK(bench.start("run", {"--for", "0.4", "--dry-run", "--json"}).wait() == 0);
  CHECK(bench.is_as_before());
  CHECK(bench.json()["last_levels"] == nlohmann::json({403.2e6, 614.4e6}));
  CHECK(bench.json()["decisions"] >= 2);
}

TEST_CASE("what cannot be governed is refused with the reason and touches nothing") {
  const Bench bench;
  SUBCASE("a damaged policy") {
    std::filesystem::resize_file(bench.policy(), 100);
    CHECK(bench.start("run").wait() == 3);
    CHECK(bench.says("header length"));
  }
  SUBCASE("a policy that others may write") {
    REQUIRE(chmod(bench.policy().c_str(), 0666) == 0);
    CHECK(bench.start("run").wait() == 3);
    CHECK(bench.says("writable by group or others"));
  }
  SUBCASE("another board's policy") {
    CHECK(bench.start("run", {"--board", "xavier-nx-8gb"}).wait() == 3);
    CHECK(bench.says("trained for board nano-4gb, not for xavier-nx-8gb"));
  }
  SUBCASE("another board's table") {
    bench.tree().write("sys/class/devfreq/57000000.gpu/available_frequencies",
                       "76800000 921600000");
    CHECK(bench.start("run").wait() == 4);
    CHECK(bench.says("knob gpu: the policy sets 153.6 MHz, which this board does not have"));
    CHECK(bench.says("the board's: 76.8, 921.6 MHz"));
    return;
  }
  SUBCASE("a root that is no board") {
    std::filesystem::remove_all(bench.tree().root() / "sys/devices");
    CHECK(bench.start("run").wait() == 4);
    return;
  }
  SUBCASE("a wrong command line") {
    CHECK(bench.start("run", {"--for", "-1"}).wait() == 2);
    CHECK(bench.start("run", {"--sample", "0.03"}).wait() == 2);
    CHECK(bench.says("period_seconds = 0.1: must be a multiple of"));
  }
  CHECK(bench.is_as_before());
}

TEST_CASE("a board that shows no power is not explored, nor a knob that it lacks") {
  const Bench bench;
  ChildProcess daemon =
      bench.start("explore", {"--board", "nano-4gb", "--log", bench.log_path(), "--for", "20",
                              "--period", "0.05", "--share", "1", "--wait", "0.2"});
  CHECK(daemon.wait() == 4);
  CHECK(bench.says("flyballd explore: "));
  CHECK(bench.says("no power sensors yet; waits 0.2 s for them"));
  CHECK(bench.says("no power sensor was found"));
  CHECK(bench.is_as_before());

  ChildProcess refused = bench.start("explore", {"--board", "nano-4gb", "--log", bench.log_path(),
                                                 "--knobs", "gpx", "--wait", "0"});
  CHECK(refused.wait() == 4);
  CHECK(bench.says("gpx"));
  CHECK(bench.is_as_before());
}

TEST_CASE("systemd is told when governing begins, and that it goes on") {
  const Bench bench;
  const std::string path = bench.log_path() + ".socket";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  const int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  REQUIRE(bind(manager, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  setenv("NOTIFY_SOCKET", path.c_str(), 1);
  CHECK(bench.start("run", {"--for", "0.5"}).wait() == 0);
  unsetenv("NOTIFY_SOCKET");
  std::string told;
  char text[64];
  ssize_t size = 0;
  while ((size = recv(manager, text, sizeof text, 0)) > 0) {
    told += std::string(text, static_cast<std::size_t>(size)) + ' ';
  }
  close(manager);
  CHECK(told.starts_with("READY=1 WATCHDOG=1 "));
  CHECK(told.ends_with("STOPPING=1 "));
}

namespace {

// The board's files are elsewhere until they are put back.
class HiddenBoard {
 public:
  explicit HiddenBoard(const std::filesystem::path& root) : root_(root) {
    std::filesystem::rename(root_, elsewhere());
    std::filesystem::create_directory(root_);
  }
  bool is_untouched() const { return std::filesystem::is_empty(root_); }
  void show() const {
    std::filesystem::remove(root_);
    std::filesystem::rename(elsewhere(), root_);
  }

 private:
  std::filesystem::path elsewhere() const { return root_.string() + "-elsewhere"; }

  std::filesystem::path root_;
};

}  // namespace

TEST_CASE("a run waits for the board's files and makes nothing before they are there") {
  const Bench bench;
  const HiddenBoard hidden(bench.tree().root());
  ChildProcess daemon = bench.start("run", {"--for", "0.3"});
  REQUIRE(daemon.wait_until([&] { return bench.says("waits 30 s for them"); }));
  CHECK(hidden.is_untouched());
  hidden.show();
  CHECK(daemon.wait() == 0);
  CHECK(bench.is_as_before());
}

TEST_CASE("where no board comes a run says so, and makes nothing") {
  const Bench bench;
  const HiddenBoard hidden(bench.tree().root());
  for (const std::string wait : {"0", "0.2"}) {
    CHECK(bench.start("run", {"--wait", wait}).wait() == 4);
    CHECK(bench.says("is this the root of that board, and is it mounted?"));
  }
  ChildProcess daemon = bench.start("run");
  REQUIRE(daemon.wait_until([&] { return bench.says("waits 30 s for them"); }));
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 130);
  CHECK(hidden.is_untouched());
}

TEST_CASE("a policy nested without end is refused in one line, and nothing is touched") {
  const Bench bench;
  Safetensors content = parse_safetensors(read_file(bench.policy(), 1 << 20, FileTrust::kAny));
  content.metadata["heads"] = std::string(200000, '[') + std::string(200000, ']');
  write_output(bench.policy(), write_safetensors(content));
  CHECK(bench.start("run", {"--for", "0.2", "--dry-run"}).wait() == 3);
  CHECK(bench.output() == "flyballd run: " + bench.policy().string() +
                              ": heads: nested deeper than 16 levels, the most allowed\n");
  CHECK(bench.is_as_before());
}
