// The whole way with real processes: flyball emulate mounts a board, JetsonPlant and flyballd
// govern it. Skipped where /dev/fuse cannot be used.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "env/action_space.h"
#include "env/jetson/jetson_plant.h"
#include "env/jetson/sysfs_file.h"
#include "env/logs/telemetry_log.h"
#include "policies/policy_file.h"
#include "tests/contracts/plant_contract.h"
#include "tests/env/jetson/link/link_bench.h"
#include "tests/support/child_process.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_directory.h"
#include "tools/config/board_config.h"

using namespace flyball;

namespace {

// Whether this machine lets us mount at all: the device may be missing, or mounting forbidden.
bool can_mount() {
  const int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (device < 0) return false;
  close(device);
  const TemporaryDirectory directory;
  const TemporaryDirectory elsewhere;
  ChildProcess emulator({FLYBALL, "emulate", "--board", "nano-4gb", "--workload", "resnet18",
                         "--mount", directory.path().string(), "--for", "0.1"},
                        elsewhere.path() / "out");
  if (emulator.wait() == 0) return true;
  const std::string reason = read_text((elsewhere.path() / "out").string());
  MESSAGE(reason);
  return reason.find("cannot be mounted on") == std::string::npos;  // anything else is a fault
}

bool fuse_is_usable() {
  static const bool usable = can_mount();
  if (!usable) skip_test("file systems cannot be mounted here");
  return usable;
}

// flyball emulate on a temporary directory, until the object goes.
class MountedBoard {
 public:
  explicit MountedBoard(const std::string& board, std::vector<std::string> more = {})
      : emulator_(arguments(board, std::move(more)), directory_.path() / "emulator.out") {
    REQUIRE(emulator_.wait_until([this] { return std::filesystem::exists(root() / "proc/stat"); }));
  }
  ~MountedBoard() {
    emulator_.signal(SIGTERM);
    const int exit_code = emulator_.wait();
    CHECK_MESSAGE(exit_code == 0, read_text(file("emulator.out").string()));
    CHECK(std::filesystem::is_empty(root()));  // unmounted
  }

  std::filesystem::path root() const { return directory_.path() / "root"; }
  std::filesystem::path file(const std::string& name) const { return directory_.path() / name; }
  std::string read(const std::string& path) const { return read_text((root() / path).string()); }
  void write(const std::string& path, const std::string& text) const {
    SysfsFile file((root() / path).string());
    REQUIRE_FALSE(file.write(text));
  }

 private:
  std::vector<std::string> arguments(const std::string& board, std::vector<std::string> more) {
    std::filesystem::create_directory(root());
    // The daemon that root starts reads the application's files as somebody else.
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755));
    std::vector<std::string> all = {FLYBALL,      "emulate",  "--board", board,
                                    "--workload", "resnet18", "--mount", root().string()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  TemporaryDirectory directory_;
  ChildProcess emulator_;
};

const std::string kCpuMax = "sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq";
const std::string kGpuMin = "sys/class/devfreq/17000000.gv11b/min_freq";
const std::string kGpuMax = "sys/class/devfreq/17000000.gv11b/max_freq";
const std::string kEmcLock = "sys/kernel/debug/bpmp/debug/clk/emc/mrq_rate_locked";
const std::string kEmcRate = "sys/kernel/debug/bpmp/debug/clk/emc/rate";
const std::string kBatch = "run/flyball/application/batch_recommended";

// Of a Xavier NX with six CPUs: always 408 MHz GPU, 800 MHz memory, batches of 4.
PolicyFile constant_policy() {
  const Board board = load_board("xavier-nx-8gb").board;
  PolicyFile file;
  file.metadata.board = board.id;
  for (const char* name : {"gpu", "emc"}) {
    file.metadata.knobs.push_back({name, board.knobs[find_knob(board.knobs, name)].levels, false});
  }
  file.metadata.knobs.push_back({"batch", {1, 2, 4, 8, 16, 32, 64}, true});
  file.metadata.encoder.period_seconds = 0.1;
  const std::size_t actions = action_count(file.metadata);
  const std::size_t inputs = observation_names(file.metadata).size();
  file.metadata.support.assign(actions, 1);
  file.tensors["cost.0.weight"] = {{actions, inputs}, std::vector<float>(actions * inputs, 0.0F)};
  file.tensors["cost.0.bias"] = {{actions}, std::vector<float>(actions, 1.0F)};
  const std::vector<Level> chosen = {3, 3, 2};
  file.tensors["cost.0.bias"].values[ActionSpace({15, 8, 7}).index_of(chosen)] = 0.0F;
  return file;
}

// A mounted Xavier NX, a policy for it, and what its files read before anybody governed it.
class GovernedBoard {
 public:
  GovernedBoard() : board_("xavier-nx-8gb", {"--mode", "2"}) {
    save_policy(policy(), constant_policy());
    // Somebody set these before us: they must come back, not the defaults.
    board_.write(kGpuMax, "1007250000");
    board_.write(kGpuMin, "204000000");
    before_ = writable();
  }

  ChildProcess start(const std::string& command, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {FLYBALLD, command, "--root", board_.root().string()};
    if (command == "run") arguments.insert(arguments.end(), {"--policy", policy().string()});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return ChildProcess(std::move(arguments), board_.file("daemon.out"));
  }
  bool is_governed() const {
    return board_.read(kGpuMin) == "408000000" && board_.read(kGpuMax) == "408000000" &&
           board_.read(kEmcLock) == "1" && board_.read(kEmcRate) == "800000000" &&
           board_.read(kBatch) == "4";
  }
  bool is_as_before() const { return writable() == before_; }
  std::string read(const std::string& path) const { return board_.read(path); }
  void write(const std::string& path, const std::string& text) const { board_.write(path, text); }
  bool says(const std::string& part) const {
    std::ifstream in(board_.file("daemon.out"));
    const std::string text(std::istreambuf_iterator<char>(in), {});
    return text.find(part) != std::string::npos;
  }
  std::string log_path() const { return board_.file("explore.csv").string(); }
  bool has_backup() const { return std::filesystem::exists(board_.root() / "run/flyball/backup"); }

 private:
  std::filesystem::path policy() const { return board_.file("p.flyball"); }
  // Every file that the daemon may write; the rate of a free memory clock is its resident's.
  std::map<std::string, std::string> writable() const {
    std::map<std::string, std::string> texts;
    for (const std::string& path : {kGpuMin, kGpuMax, kEmcLock, kBatch}) {
      texts[path] = board_.read(path);
    }
    for (const char* policy : {"policy0", "policy2", "policy4"}) {
      for (const char* limit : {"scaling_min_freq", "scaling_max_freq", "scaling_governor"}) {
        const std::string path =
            std::string("sys/devices/system/cpu/cpufreq/") + policy + "/" + limit;
        texts[path] = board_.read(path);
      }
    }
    return texts;
  }

  MountedBoard board_;
  std::map<std::string, std::string> before_;
};

}  // namespace

TEST_CASE("a mounted board is a plant like any other") {
  if (!fuse_is_usable()) return;
  const MountedBoard board("xavier-nx-8gb", {"--mode", "2"});
  PlantContract contract;
  contract.make = [&](std::uint64_t) {
    JetsonConfig config;
    config.root = board.root();
    config.board = load_board("xavier-nx-8gb").board;
    return std::make_unique<JetsonPlant>(config);
  };
  contract.is_deterministic = false;
  contract.check_all();
}

TEST_CASE("each described board and JetPack is read whole through its mounted files") {
  if (!fuse_is_usable()) return;
  for (const char* id : {"nano-4gb", "xavier-nx-8gb", "agx-xavier-32gb", "orin-nx-16gb"}) {
    const BoardConfig config = load_board(id);
    for (const BoardFiles& files : config.files) {
      CAPTURE(config.board.id);
      CAPTURE(files.jetpack);
      const MountedBoard board(id, {"--jetpack", std::to_string(files.jetpack), "--seed",
                                    std::to_string(files.jetpack)});
      JetsonConfig plant_config;
      plant_config.root = board.root();
      plant_config.board = config.board;
      JetsonPlant plant(plant_config);
      CHECK(plant.description().knobs.size() == 4);
      Telemetry telemetry;
      CHECK_FALSE(plant.read(telemetry));
      CHECK(telemetry.total_watts);
      CHECK(telemetry.application);
      const std::vector<std::size_t> knobs = {0, 1, 2, 3};
      ControlLease lease = plant.lease(knobs);
      std::vector<Level> levels;
      for (const LevelRange& limit : plant.description().limits) levels.push_back(limit.floor);
      CHECK_FALSE(lease.apply(Setting::pinned(levels)));
      levels.assign(4, Level{1000});
      CHECK_FALSE(lease.apply(Setting::pinned(levels)));
      lease.release();
      for (const std::string& failure : plant.restore_report().failures) FAIL_CHECK(failure);
    }
  }
}

TEST_CASE("a program of the user's has its link on a mounted board") {
  if (!fuse_is_usable()) return;
  const MountedBoard board("nano-4gb");
  const std::string directory = (board.root() / "run/flyball/application").string();
  LinkPointer link = open_link_in(directory, 0.5, {1, 4});
  REQUIRE(link);
  JetsonConfig config;
  config.root = board.root();
  config.board = load_board("nano-4gb").board;
  JetsonPlant plant(config);
  CHECK(plant.application().way() == ApplicationWay::kLink);
  const std::vector<std::size_t> knobs = {3};
  ControlLease lease = plant.lease(knobs);
  for (int round = 1; round <= 3; ++round) {
    FlyballRequest request = flyball_begin(link.get(), 0);
    flyball_end(link.get(), &request);
    Telemetry telemetry;
    REQUIRE_FALSE(plant.read(telemetry));
    CHECK(telemetry.application->served == static_cast<std::uint64_t>(round));
    const bool is_high = round % 2 == 1;
    const std::vector<Level> levels = {is_high ? Level{1} : Level{0}};
    REQUIRE_FALSE(lease.apply(Setting::pinned(levels)));
    CHECK(flyball_recommended_batch(link.get()) == (is_high ? 4 : 1));
  }
  lease.release();
  CHECK(flyball_recommended_batch(link.get()) == 0);
  link.reset();
  Telemetry telemetry;
  REQUIRE_FALSE(plant.read(telemetry));
  CHECK(telemetry.application->served != 3);  // of the emulated application
}

TEST_CASE("files fail as they are told to, one that hangs stops no other, and then all is well") {
  if (!fuse_is_usable()) return;
  const MountedBoard board("nano-4gb", {"--fault", "policy0/scaling_cur_freq=EIO", "--fault",
                                        "policy0/scaling_cur_freq=ok@9999"});
  const std::string cpu = "sys/devices/system/cpu/cpufreq/policy0/";
  const std::string faults = "emulator/faults";
  const auto error_of = [&](const std::string& path) {
    std::array<char, 64> buffer;
    std::string_view text;
    return SysfsFile((board.root() / path).string()).read(buffer, text).value();
  };
  CHECK(error_of(cpu + "scaling_cur_freq") == EIO);
  CHECK(error_of(cpu + "scaling_max_freq") == 0);
  board.write(faults, "policy0/scaling_cur_freq=ok");
  CHECK(error_of(cpu + "scaling_cur_freq") == 0);
  board.write(faults, "scaling_max_freq=stuck");
  board.write(cpu + "scaling_max_freq", "204000");
  CHECK(board.read(cpu + "scaling_max_freq") == "1479000");
  board.write(faults, "policy0=gone");
  CHECK(error_of(cpu + "scaling_max_freq") == ENOENT);
  board.write(faults, "policy0=ok");
  CHECK(error_of(cpu + "scaling_cur_freq") == 0);
  board.write(faults, "scaling_cur_freq=hung");
  int hung_error = -1;
  std::thread reader([&] { hung_error = error_of(cpu + "scaling_cur_freq"); });
  CHECK(board.read(cpu + "scaling_min_freq") == "102000");
  CHECK(board.read(faults).find("scaling_cur_freq=hung") != std::string::npos);
  board.write(faults, "scaling_cur_freq=ok");
  reader.join();
  CHECK(hung_error == 0);
}

TEST_CASE("a clock whose CPUs go offline keeps its saved state until they are back") {
  if (!fuse_is_usable()) return;
  const MountedBoard board("nano-4gb");
  const std::string min = "sys/devices/system/cpu/cpufreq/policy0/scaling_min_freq";
  const std::string gpu = "sys/class/devfreq/57000000.gpu/min_freq";
  JetsonConfig config;
  config.root = board.root();
  config.board = load_board("nano-4gb").board;
  {
    JetsonPlant plant(config);
    constexpr std::array<std::size_t, 2> knobs = {0, 1};
    ControlLease lease = plant.lease(knobs);
    const std::vector<Level> levels = {3, 3};
    REQUIRE_FALSE(lease.apply(Setting::pinned(levels)));
    board.write("emulator/faults", "policy0=EBUSY");
    const std::vector<Level> others = {4, 4};
    CHECK_FALSE(lease.apply(Setting::pinned(others)));  // the GPU goes on
    lease.release();
    CHECK(plant.restore_report().succeeded());
    REQUIRE(plant.restore_report().remarks.size() == 1);
    CHECK(plant.restore_report().remarks[0].find("its CPUs are offline") != std::string::npos);
  }
  CHECK(board.read(gpu) == "76800000");
  CHECK(std::filesystem::exists(board.root() / "run/flyball/backup"));
  CHECK(restore_from_backup(board.root()).waits);  // still offline
  board.write("emulator/faults", "policy0=ok");
  CHECK(board.read(min) != "102000");  // as on a board: what was set holds again
  board.write(gpu, "153600000");       // somebody's, meanwhile
  const RestoreReport report = restore_from_backup(board.root());
  CHECK(report.controls == 1);
  CHECK(report.succeeded());
  CHECK(board.read(min) == "102000");
  CHECK(board.read(gpu) == "153600000");
  CHECK_FALSE(std::filesystem::exists(board.root() / "run/flyball/backup"));
}

TEST_CASE("CPUs that come and go are nobody who insists, and what comes back is turned again") {
  if (!fuse_is_usable()) return;
  const MountedBoard board("xavier-nx-8gb", {"--mode", "5"});
  const std::string cpus = "sys/devices/system/cpu/";
  const std::string max = cpus + "cpufreq/policy2/scaling_max_freq";
  std::vector<std::string> told;
  JetsonConfig config;
  config.root = board.root();
  config.board = load_board("xavier-nx-8gb").board;
  config.yield = {1, 60.0, 60.0};
  config.tell = [&](std::string_view line) { told.emplace_back(line); };
  JetsonPlant plant(config);
  constexpr std::array<std::size_t, 2> knobs = {0, 1};
  ControlLease lease = plant.lease(knobs);
  const std::vector<Level> levels = {20, 3};
  Telemetry telemetry;
  told.clear();
  for (int round = 0; round < 2; ++round) {
    REQUIRE_FALSE(lease.apply(Setting::pinned(levels)));
    const std::string pinned = board.read(max);
    for (const char* cpu : {"cpu2", "cpu3"}) board.write(cpus + cpu + "/online", "0");
    CHECK_FALSE(plant.read(telemetry));
    CHECK((*telemetry.domains)[1].effective_hz == 0.0);
    CHECK_FALSE(lease.apply(Setting::pinned(levels)));
    board.write(cpus + "cpu3/online", "1");
    CHECK(board.read(max) == "1907200");
    CHECK_FALSE(lease.apply(Setting::pinned(levels)));
    CHECK(board.read(max) == pinned);
    board.write(cpus + "cpu2/online", "1");
  }
  REQUIRE(told.size() == 4);
  for (const std::string& line : told) CHECK(line.find("is there again") != std::string::npos);
  lease.release();
  CHECK(board.read(max) == "1907200");
  CHECK(plant.restore_report().succeeded());
}

TEST_CASE("the daemon's action reaches the mounted files, and after its time they read as before") {
  if (!fuse_is_usable()) return;
  const GovernedBoard board;
  ChildProcess daemon = board.start("run", {"--for", "1"});
  CHECK(daemon.wait_until([&] { return board.is_governed(); }));
  CHECK(daemon.wait() == 0);
  CHECK(board.is_as_before());
  CHECK_FALSE(board.has_backup());
}

TEST_CASE("figures that the application loses for a while are back when they are back") {
  if (!fuse_is_usable()) return;
  const GovernedBoard board;
  ChildProcess daemon = board.start("run", {});
  CHECK(daemon.wait_until([&] { return board.is_governed(); }));
  board.write("emulator/faults", "telemetry=gone");
  CHECK(daemon.wait_until([&] { return board.says("telemetry: No such file or directory"); }));
  CHECK(daemon.wait_until([&] { return !board.is_governed(); }));
  board.write("emulator/faults", "telemetry=ok");
  CHECK(daemon.wait_until([&] { return board.says("the application's figures are back"); }));
  CHECK(daemon.wait_until([&] { return board.is_governed(); }));
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  CHECK(board.is_as_before());
}

TEST_CASE("a signalled daemon leaves the mounted files as before") {
  if (!fuse_is_usable()) return;
  const GovernedBoard board;
  for (const int number : {SIGINT, SIGTERM}) {
    ChildProcess daemon = board.start("run");
    CHECK(daemon.wait_until([&] { return board.is_governed(); }));
    daemon.signal(number);
    CHECK(daemon.wait() == 0);
    CHECK(board.is_as_before());
  }
}

TEST_CASE("nvpmodel on a mounted board is followed while governing, and its limits stay") {
  if (!fuse_is_usable()) return;
  const GovernedBoard board;
  ChildProcess daemon = board.start("run");
  CHECK(daemon.wait_until([&] { return board.is_governed(); }));
  board.write("emulator/faults", "nvpmodel=4");
  CHECK(daemon.wait_until([&] { return board.says("nvpmodel: the mode is 4 (MODE_10W_4CORE)"); }));
  CHECK(daemon.wait_until([&] { return board.is_governed(); }));
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  CHECK(board.read(kGpuMax) == "803250000");
  CHECK(board.read(kCpuMax) == "1190400");
}

TEST_CASE("who fights for a clock gets it, and when it is quiet it can be let go again") {
  if (!fuse_is_usable()) return;
  const GovernedBoard board;
  ChildProcess daemon = board.start("run");
  CHECK(daemon.wait_until([&] { return board.is_governed(); }));
  board.write("emulator/faults", "17000000.gv11b/max_freq=writes:905250000:0.2");
  CHECK(daemon.wait_until([&] { return board.says("somebody else wrote"); }));
  CHECK(daemon.wait_until([&] { return board.read(kEmcLock) == "0"; }));  // all is given back
  board.write("emulator/faults", "17000000.gv11b/max_freq=ok");
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  CHECK(board.read(kGpuMax) == "905250000");
}

TEST_CASE("after a kill the next start or a restore puts the mounted files back") {
  if (!fuse_is_usable()) return;
  const GovernedBoard board;
  const std::vector<std::vector<std::string>> ways = {{"restore"}, {"run", "--for", "0.3"}};
  for (const std::vector<std::string>& way : ways) {
    ChildProcess daemon = board.start("run");
    CHECK(daemon.wait_until([&] { return board.is_governed(); }));
    daemon.signal(SIGKILL);
    daemon.wait();  // the watcher is at work, or has finished
    ChildProcess next = board.start(way[0], {way.begin() + 1, way.end()});
    CHECK(next.wait() == 0);
    CHECK(board.is_as_before());
    CHECK_FALSE(board.has_backup());
  }
}

TEST_CASE("exploring a mounted board leaves a log to learn from, and the files as before") {
  if (!fuse_is_usable()) return;
  const GovernedBoard board;
  ChildProcess daemon = board.start(
      "explore", {"--board", "xavier-nx-8gb", "--log", board.log_path(), "--for", "3", "--share",
                  "0.5", "--period", "0.1", "--limit-latency", "100", "--seed", "1"});
  CHECK(daemon.wait() == 0);
  CHECK(board.is_as_before());
  CHECK_FALSE(board.has_backup());
  const TelemetryLog log = read_telemetry_log(board.log_path());
  CHECK(log.header.leased_knobs == std::vector<std::string>{"cpu", "gpu"});
  std::set<std::pair<Level, Level>> tried;
  std::size_t residents = 0;
  for (const TelemetryRow& row : log.rows) {
    if (!row.decided) continue;
    CHECK(row.probability.has_value());
    if (row.decided_by == DecidedBy::kRandom) {
      REQUIRE(row.setting);
      tried.insert({(*row.setting)[0].ceiling, (*row.setting)[1].ceiling});
    } else {
      ++residents;
    }
  }
  CHECK(tried.size() > 2);
  CHECK(residents > 0);
}

TEST_CASE("a board is mounted on an empty directory only") {
  if (!fuse_is_usable()) return;
  const TemporaryDirectory directory;
  std::ofstream(directory.path() / "mine") << "x";
  const TemporaryDirectory elsewhere;
  const std::filesystem::path output = elsewhere.path() / "out";
  ChildProcess emulator({FLYBALL, "emulate", "--board", "nano-4gb", "--workload", "resnet18",
                         "--mount", directory.path().string()},
                        output);
  CHECK(emulator.wait() == 4);
  CHECK(read_text(output.string()).find("a board is mounted on an empty directory") !=
        std::string::npos);
}
