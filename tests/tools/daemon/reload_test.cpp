// What a reload reads again while a daemon governs.
#include <doctest/doctest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "env/action_space.h"
#include "env/jetson/sysfs_file.h"
#include "policies/policy_file.h"
#include "tests/tools/daemon/daemon_bench.h"

using namespace flyball;

namespace {

// The exit code of `flyballd reload`, and what it said.
std::pair<int, std::string> reload(const Bench& bench) {
  const std::string output = bench.log_path() + ".reload";
  const int code =
      ChildProcess({FLYBALLD, "reload", "--root", bench.tree().root().string()}, output).wait();
  return {code, read_text(output)};
}

}  // namespace

TEST_CASE("the policy is read again while it governs, and a bad one is refused") {
  const Bench bench;
  const auto choose = [&](Level cpu, Level gpu) {
    PolicyFile file = constant_policy();
    const std::vector<Level> levels = {cpu, gpu};
    file.tensors["cost.0.bias"].values[ActionSpace({15, 12}).index_of(levels)] = -1.0F;
    save_policy(bench.policy(), file);
  };
  // The policy's process gives up root's rights, and comes by the file only where all may.
  std::filesystem::permissions(bench.policy().parent_path(), std::filesystem::perms(0755));
  CHECK(reload(bench).first == 1);
  // In a session of its own, as a service runs.
  ChildProcess daemon({"/usr/bin/setsid", FLYBALLD, "run", "--root", bench.tree().root().string(),
                       "--policy", bench.policy().string(), "--json"},
                      bench.log_path() + ".out");
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));

  choose(5, 9);
  daemon.signal(SIGHUP);
  CHECK(daemon.wait_until([&] { return bench.tree().read(kGpuMin) == "768000000"; }));
  CHECK(bench.tree().read(kCpuMax) == "614400");
  choose(3, 7);
  const auto [taken, said] = reload(bench);
  CHECK(said == "reloaded");
  CHECK(taken == 0);
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));

  std::ofstream(bench.policy()) << "no policy";
  const auto [code, text] = reload(bench);
  CHECK(code == 4);
  CHECK(text.find("p.flyball: ") != std::string::npos);
  CHECK(text.find(": the former policy goes on") != std::string::npos);
  CHECK(bench.is_governed());
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  CHECK(bench.is_as_before());
}

TEST_CASE("a daemon that has only begun is waited for") {
  const Bench bench;
  std::filesystem::permissions(bench.policy().parent_path(), std::filesystem::perms(0755));
  ChildProcess daemon({"/usr/bin/setsid", FLYBALLD, "run", "--root", bench.tree().root().string(),
                       "--policy", bench.policy().string(), "--period", "1", "--sample", "1"},
                      bench.log_path() + ".out");
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  const auto [code, said] = reload(bench);  // its first status comes after a second
  CHECK(said == "reloaded");
  CHECK(code == 0);
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

TEST_CASE("options stand in a file under the root, which a reload reads again") {
  const Bench bench;
  let_others_in(bench);
  std::filesystem::permissions(bench.policy().parent_path(), std::filesystem::perms(0755));
  const std::string file = bench.tree().root() / "etc/flyball/flyball.toml";
  const std::string policy = "policy = '" + bench.policy().string() + "'\n";
  bench.tree().write("etc/flyball/flyball.toml", "[run]\n" + policy + "json = true");
  const std::string out = bench.log_path() + ".out";
  ChildProcess daemon({FLYBALLD, "run", "--root", bench.tree().root().string()}, out);
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  const std::filesystem::path status = bench.tree().root() / "run/flyball/status";
  CHECK(daemon.wait_until([&] { return std::filesystem::file_size(status) > 0; }));

  // Another policy is taken; what was prepared for the former one is not made anew.
  PolicyFile other = constant_policy();
  const std::vector<Level> levels = {5, 9};
  other.tensors["cost.0.bias"].values[ActionSpace({15, 12}).index_of(levels)] = -1.0F;
  const std::string next = bench.policy().parent_path() / "q.flyball";
  save_policy(next, other);
  bench.tree().write("etc/flyball/flyball.toml", "[run]\npolicy = '" + next + "'\njson = true");
  const auto [taken, said] = reload(bench);
  CHECK(said == "reloaded");
  CHECK(taken == 0);
  CHECK(daemon.wait_until([&] { return bench.tree().read(kGpuMin) == "768000000"; }));
  bench.tree().write("etc/flyball/flyball.toml", "[run]\n" + policy + "json = true\nsample = 0.5");
  const auto [code, text] = reload(bench);
  CHECK(code == 4);
  CHECK(text.find(file + ":4:10: run.sample: has changed: start flyballd anew for that") !=
        std::string::npos);
  bench.tree().write("etc/flyball/flyball.toml", "[run]\n" + policy + "etta = 0.5");
  CHECK(reload(bench).second.find("flyball.toml:3:1: run.etta: unknown key") != std::string::npos);
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  CHECK(bench.is_as_before());

  ChildProcess refused({FLYBALLD, "run", "--root", bench.tree().root().string()}, out);
  CHECK(refused.wait() == 3);
  CHECK(read_text(out).find("flyballd: " + file + ":3:1: run.etta: unknown key") !=
        std::string::npos);
}
