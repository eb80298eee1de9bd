// A program that trains beside its inference, and flyballd, which says when.
#include <doctest/doctest.h>
#include <flyball.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "tests/tools/daemon/daemon_bench.h"

using namespace flyball;

namespace {

constexpr double kMinibatchSeconds = 0.01;

// Serves a request every 10 ms, 1 ms each, until `is_over`; at most 10 s.
bool serve_until(FlyballLink* link, const std::function<bool()>& is_over) {
  for (int i = 0; i < 1000; ++i) {
    FlyballRequest request = flyball_begin(link, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    flyball_end(link, &request);
    if (is_over()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(9));
  }
  return false;
}

struct OpenLink {
  explicit OpenLink(const Bench& bench) {
    const std::filesystem::path directory = bench.tree().root() / "run/flyball/application";
    std::filesystem::create_directories(directory);
    std::filesystem::permissions(directory.parent_path(), std::filesystem::perms(0755));
    FlyballOptions options = {};
    options.directory = directory.c_str();
    options.deadline_seconds = 1.0;
    link = flyball_open(&options);
  }
  ~OpenLink() { flyball_close(link); }
  bool may_train() const { return flyball_may_train(link, kMinibatchSeconds) != 0; }
  FlyballLink* link;
};

}  // namespace

TEST_CASE("flyballd lets a program train once it knows its requests, and not after its end") {
  const Bench bench;
  const OpenLink program(bench);
  REQUIRE(program.link != nullptr);
  CHECK_FALSE(program.may_train());
  ChildProcess daemon = bench.start("run", {"--for", "20", "--sample", "0.05"});
  REQUIRE(serve_until(program.link, [&] { return program.may_train(); }));
  const std::int64_t began = flyball_now_ns();
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  flyball_trained(program.link, began);
  CHECK(serve_until(program.link, [&] { return program.may_train(); }));
  SUBCASE("told to end") {
    daemon.signal(SIGTERM);
    daemon.wait();
    CHECK_FALSE(program.may_train());
  }
  SUBCASE("killed") {
    daemon.signal(SIGKILL);
    daemon.wait();
    CHECK(serve_until(program.link, [&] { return !program.may_train(); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    CHECK_FALSE(program.may_train());
  }
}
