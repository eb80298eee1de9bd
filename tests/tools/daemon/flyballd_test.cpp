#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "env/logs/telemetry_log.h"
#include "env/action_space.h"
#include "policies/policy_file.h"
#include "tests/policies/temporary_directory.h"
#include "tests/tools/daemon/board_tree.h"
#include "tests/tools/daemon/child_process.h"

using namespace flyball;

namespace {

constexpr const char* kCpuMin = "sys/devices/system/cpu/cpufreq/policy0/scaling_min_freq";
constexpr const char* kCpuMax = "sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq";
constexpr const char* kGpuMin = "sys/class/devfreq/57000000.gpu/min_freq";
constexpr const char* kGpuMax = "sys/class/devfreq/57000000.gpu/max_freq";

// Always chooses CPU level 3 (403.2 MHz) and GPU level 7 (614.4 MHz) of a Nano.
PolicyFile constant_policy() {
  const Board board = load_board("nano-4gb").board;
  PolicyFile file;
  file.metadata.board = board.id;
  for (const char* name : {"cpu", "gpu"}) {
    file.metadata.knobs.push_back({name, board.knobs[find_knob(board.knobs, name)].levels, false});
  }
  file.metadata.encoder.period_seconds = 0.1;
  const std::size_t actions = action_count(file.metadata);
  const std::size_t inputs = observation_names(file.metadata).size();
  file.metadata.support.assign(actions, 1);
  file.tensors["cost.0.weight"] = {{actions, inputs}, std::vector<float>(actions * inputs, 0.0F)};
  file.tensors["cost.0.bias"] = {{actions}, std::vector<float>(actions, 1.0F)};
  const std::vector<Level> chosen = {3, 7};
  file.tensors["cost.0.bias"].values[ActionSpace({15, 12}).index_of(chosen)] = 0.0F;
  return file;
}

// A board's tree, a policy for it, and flyballd to run on them.
class Bench {
 public:
  Bench() : tree_(directory_.path() / "root") {
    save_policy(policy(), constant_policy());
    before_ = tree_.contents();
  }

  std::filesystem::path policy() const { return directory_.path() / "p.flyball"; }
  const BoardTree& tree() const { return tree_; }
  bool is_as_before() const { return tree_.contents() == before_; }
  bool is_governed() const {
    return tree_.read(kCpuMin) == "403200" && tree_.read(kCpuMax) == "403200" &&
           tree_.read(kGpuMin) == "614400000" && tree_.read(kGpuMax) == "614400000";
  }

  // flyballd COMMAND --root DIR more...
  ChildProcess start(const std::string& command, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {FLYBALLD, command, "--root", tree_.root().string()};
    if (command == "run") arguments.insert(arguments.end(), {"--policy", policy().string()});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return ChildProcess(std::move(arguments), output_path());
  }
  std::string output() const {
    std::ifstream in(output_path());
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  // The JSON document, which begins with the first brace.
  nlohmann::json json() const {
    const std::string text = output();
    return nlohmann::json::parse(text.substr(text.find("{\n")));
  }
  bool says(const std::string& part) const { return output().find(part) != std::string::npos; }
  std::string log_path() const { return (directory_.path() / "log.csv").string(); }

 private:
  std::filesystem::path output_path() const { return directory_.path() / "output"; }

  TemporaryDirectory directory_;
  BoardTree tree_;
  std::map<std::string, std::string> before_;
};

}  // namespace

TEST_CASE("an action reaches the board's files, and at the end they read as before") {
  const Bench bench;
  ChildProcess daemon = bench.start("run", {"--for", "0.5", "--json", "--log", bench.log_path()});
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  CHECK(daemon.wait() == 0);
  CHECK(bench.is_as_before());
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
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    CAPTURE(number);
    const Bench bench;
    ChildProcess daemon = bench.start("run");
    CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
    daemon.signal(number);
    daemon.signal(number);  // one more must not stop the giving back
    CHECK(daemon.wait() == 0);
    CHECK(bench.is_as_before());
    CHECK(bench.says("given back to the kernel as found"));
  }
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

TEST_CASE("after a kill, restore puts the clocks back, once") {
  const Bench bench;
  ChildProcess daemon = bench.start("run");
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  daemon.signal(SIGKILL);
  CHECK(daemon.wait() == -SIGKILL);
  CHECK(bench.is_governed());
  CHECK(bench.start("restore").wait() == 0);
  CHECK(bench.is_as_before());
  CHECK(bench.start("restore").wait() == 0);
  CHECK(bench.says("nothing to put back"));
}

TEST_CASE("after a kill, the next run does not take the learned setting for the original") {
  const Bench bench;
  ChildProcess killed = bench.start("run");
  CHECK(killed.wait_until([&] { return bench.is_governed(); }));
  killed.signal(SIGKILL);
  killed.wait();
  CHECK(bench.start("run", {"--for", "0.2"}).wait() == 0);
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
    CHECK(bench.says("knob gpu: the policy was trained on 12 levels, this plant has 2"));
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
