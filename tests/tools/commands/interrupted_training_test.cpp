// Ctrl-C while generated code computes: no thread may ever run a handler.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/program_run.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

// A signal mask of one thread, from its status file; `key`: SigBlk or SigCgt.
unsigned long long mask_of(const std::filesystem::path& status, const std::string& key) {
  std::ifstream stream(status);
  std::string line;
  while (std::getline(stream, line)) {
    if (line.starts_with(key + ":")) return std::stoull(line.substr(key.size() + 1), nullptr, 16);
  }
  return 0;
}

unsigned long long bit(int number) { return 1ULL << (number - 1); }

// An endless training of a small network on a log of its own.
class Training {
 public:
  Training() {
    REQUIRE(run_program("flyball",
                        "simulate --scenario quickstart --duration 400 -o " + at("l.csv"),
                        ">/dev/null 2>&1")
                .exit_code == 0);
  }
  std::string at(const std::string& name) const { return directory_.path() / name; }
  ChildProcess start() const {
    std::filesystem::remove_all(at("p.flyball.run"));
    std::filesystem::remove(at("p.flyball"));
    return ChildProcess({FLYBALL_BINARY_DIR "/flyball", "train", "quickstart", "--log", at("l.csv"),
                         "--steps", "100000000", "--threads", "2", "-o", at("p.flyball")},
                        at("output"));
  }
  // Some steps are done.
  bool has_begun() const {
    std::error_code error;
    return std::filesystem::file_size(at("p.flyball.run/losses.csv"), error) > 0 && !error;
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("no thread of a training can be interrupted by a stop signal") {
  const Training training;
  ChildProcess child = training.start();
  REQUIRE(child.wait_until([&] { return training.has_begun(); }));
  const std::string tasks = fmt::format("/proc/{}/task", child.pid());
  std::size_t threads = 0;
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    const std::filesystem::path status = task.path() / "status";
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
      CAPTURE(number);
      CHECK((mask_of(status, "SigBlk") & bit(number)) != 0);
      CHECK((mask_of(status, "SigCgt") & bit(number)) == 0);
    }
    ++threads;
  }
  CHECK(threads >= 2);  // the one that computes and the one that waits for signals
  child.signal(SIGTERM);
  CHECK(child.wait() == 130);
}

TEST_CASE("an interrupted training saves its policy, each time") {
  const Training training;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGINT}) {
    ChildProcess child = training.start();
    REQUIRE(child.wait_until([&] { return training.has_begun(); }));
    child.signal(number);
    child.signal(number);  // as timeout(1) does
    CHECK(child.wait() == 130);
    CHECK(std::filesystem::exists(training.at("p.flyball")));
  }
}
