// The three processes of a run: policy, guard and watcher, and what happens without one of them.
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/support/skip.h"
#include "tests/tools/daemon/daemon_bench.h"

using namespace flyball;

namespace {

// One second, and what a busy machine adds.
constexpr double kSoonSeconds = 1.5;

bool is_soon_as_before(const Bench& bench) {
  const auto begin = std::chrono::steady_clock::now();
  while (!bench.is_as_before() && seconds_since(begin) < kSoonSeconds) usleep(2000);
  return bench.is_as_before();
}

void check_next_start(const Bench& bench) {
  CHECK(bench.start("restore").wait() == 0);
  CHECK(bench.start("run", {"--for", "0.2"}).wait() == 0);
  CHECK(bench.is_as_before());
}

// "Uid:\t65534\t..." of a process, without the key.
std::string status_of(pid_t process, const std::string& key) {
  std::ifstream in("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(key + ":")) return line.substr(key.size() + 2);
  }
  return {};
}

// The board's files that a process has open for writing.
std::size_t writable_files(pid_t process, const std::filesystem::path& root) {
  const std::filesystem::path folder = "/proc/" + std::to_string(process);
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "fd")) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink(entry.path(), error);
    if (error || !target.string().starts_with((root / "sys").string())) continue;
    std::ifstream info(folder / "fdinfo" / entry.path().filename());
    for (std::string line; std::getline(info, line);) {
      if (line.starts_with("flags:")) count += (line.back() & 3) != 0;  // octal O_ACCMODE
    }
  }
  return count;
}

}  // namespace

TEST_CASE("after SIGKILL or SIGSTOP of the policy's process the guard gives the clocks back") {
  for (const int number : {SIGKILL, SIGSTOP}) {
    CAPTURE(number);
    const Bench bench;
    ChildProcess daemon = bench.start("run");
    CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
    daemon.signal(number);
    CHECK(is_soon_as_before(bench));
    CHECK(daemon.wait() == -SIGKILL);
    check_next_start(bench);
  }
}

TEST_CASE("after SIGKILL or SIGSTOP of the guard the watcher gives the clocks back") {
  for (const int number : {SIGKILL, SIGSTOP}) {
    CAPTURE(number);
    const Bench bench;
    ChildProcess daemon = bench.start("run");
    CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
    kill(child_of(daemon.pid()), number);
    CHECK(is_soon_as_before(bench));
    CHECK(daemon.wait() == 4);
    CHECK(bench.says("the guard process, or the one that watches over it, is gone"));
    check_next_start(bench);
  }
}

TEST_CASE("when the watcher is killed or stopped the guard gives the clocks back") {
  for (const int number : {SIGKILL, SIGSTOP}) {
    CAPTURE(number);
    const Bench bench;
    ChildProcess daemon = bench.start("run");
    CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
    kill(child_of(child_of(daemon.pid())), number);
    CHECK(is_soon_as_before(bench));
    CHECK(daemon.wait() == 4);
    check_next_start(bench);
  }
}

TEST_CASE("after SIGKILL of policy and guard the watcher gives the clocks back") {
  const Bench bench;
  ChildProcess daemon = bench.start("run");
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  kill(child_of(daemon.pid()), SIGKILL);
  daemon.signal(SIGKILL);
  CHECK(is_soon_as_before(bench));
}

TEST_CASE("when all were killed, restore or the next run puts the clocks back") {
  for (const char* way : {"restore", "run"}) {
    const Bench bench;
    ChildProcess daemon = bench.start("run");
    CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
    const pid_t guard = child_of(daemon.pid());
    kill(child_of(guard), SIGKILL);
    kill(guard, SIGKILL);
    daemon.signal(SIGKILL);
    CHECK(daemon.wait() == -SIGKILL);
    CHECK(bench.is_governed());
    const bool runs = std::string(way) == "run";
    const std::vector<std::string> shortly = {"--for", "0.2"};
    CHECK(bench.start(way, runs ? shortly : std::vector<std::string>{}).wait() == 0);
    CHECK(bench.is_as_before());
    CHECK(bench.start("restore").wait() == 0);
    CHECK(bench.says("nothing to put back"));
  }
}

TEST_CASE("the process that decides can write no control of the board") {
  const Bench bench;
  ChildProcess daemon = bench.start("run");
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  const pid_t guard = child_of(daemon.pid());
  CHECK(writable_files(daemon.pid(), bench.tree().root()) == 0);
  CHECK(writable_files(guard, bench.tree().root()) > 0);
  CHECK(status_of(guard, "Name") == "flyballd-guard");
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

TEST_CASE("started by root, the process that decides has none of root's rights") {
  if (geteuid() != 0) return skip_test("needs root");
  const Bench bench;
  ChildProcess daemon = bench.start("run");
  CHECK(daemon.wait_until([&] { return bench.is_governed(); }));
  CHECK(status_of(daemon.pid(), "Uid").find("0\t0\t0\t0") != 0);
  for (const char* key : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    CAPTURE(key);
    CHECK(status_of(daemon.pid(), key) == "0000000000000000");
  }
  CHECK(status_of(daemon.pid(), "Groups").find_first_not_of(" \t") == std::string::npos);
  CHECK(status_of(daemon.pid(), "NoNewPrivs") == "1");
#ifndef __SANITIZE_ADDRESS__
  CHECK(status_of(daemon.pid(), "Seccomp") == "2");  // forbidden_calls_test.cpp tries it
#endif
  CHECK(status_of(child_of(daemon.pid()), "Uid").starts_with("0\t0"));
}
