// "May I run one minibatch now?": a program's question, and flyballd's answer in a file.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <thread>

#include "env/jetson/link/application_link.h"
#include "env/jetson/link/training_file.h"
#include "tests/env/jetson/link/link_bench.h"
#include "tests/support/allocation_counter.h"
#include "tests/tools/guard/forked.h"

using namespace flyball;
using doctest::Approx;

namespace {

std::string answer_path(const LinkBench& bench) { return bench.root() + "/run/flyball/training"; }

std::int64_t ns(double seconds) { return static_cast<std::int64_t>(1e9 * seconds); }

// What lies in the answer's place, changed at will.
class Answer {
 public:
  explicit Answer(const LinkBench& bench) : path_(answer_path(bench)) {
    std::ifstream(path_, std::ios::binary).read(reinterpret_cast<char*>(&training_), kSize);
  }
  FlyballTraining& operator*() { return training_; }
  void put() { write(kSize); }
  void put_short() { write(kSize - 1); }

 private:
  static constexpr std::streamsize kSize = sizeof(FlyballTraining);
  void write(std::streamsize size) {
    std::ofstream(path_, std::ios::binary).write(reinterpret_cast<const char*>(&training_), size);
  }
  std::string path_;
  FlyballTraining training_{};
};

}  // namespace

TEST_CASE("the answer is laid out as it will always be, and so is what the program says") {
  CHECK(FLYBALL_TRAINING_VERSION == 1);
  CHECK(sizeof(FlyballTraining) == 64);
  CHECK(offsetof(FlyballTraining, until_ns) == 16);
  CHECK(offsetof(FlyballTraining, check) == 32);
  CHECK(offsetof(FlyballMemory, minibatches) == 304);
  CHECK(offsetof(FlyballMemory, minibatch_ns) == 312);
}

TEST_CASE("a minibatch may run until the moment by which it has to be over") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.5);
  TrainingFile file(bench.root());
  CHECK(flyball_may_train(link.get(), 0.1) == 0);
  const double now = steady_now();
  REQUIRE_FALSE(file.allow(now + 10.0, 0.25));
  const std::int64_t until = flyball_may_train(link.get(), 0.1);
  CHECK(until >= ns(now + 0.25));
  CHECK(until <= ns(steady_now() + 0.25) + 1);
  CHECK(flyball_may_train(link.get(), 0.25) != 0);
  CHECK(flyball_may_train(link.get(), 0.26) == 0);  // longer than there is time
  REQUIRE_FALSE(file.forbid());
  CHECK(flyball_may_train(link.get(), 0.1) == 0);
}

TEST_CASE("inference goes first: not while a request is in the system or waits") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.5);
  TrainingFile file(bench.root());
  REQUIRE_FALSE(file.allow(steady_now() + 10.0, 1.0));
  FlyballRequest request = flyball_begin(link.get(), 0);
  CHECK(flyball_may_train(link.get(), 0.1) == 0);
  flyball_end(link.get(), &request);
  CHECK(flyball_may_train(link.get(), 0.1) != 0);
  flyball_set_waiting(link.get(), 1);
  CHECK(flyball_may_train(link.get(), 0.1) == 0);
  flyball_set_waiting(link.get(), 0);
  request = flyball_begin(link.get(), 0);
  flyball_drop(link.get(), &request);
  CHECK(flyball_may_train(link.get(), 0.1) != 0);
}

TEST_CASE("a permission ends by itself, and with a flyballd that ends or is killed") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.5);
  {
    TrainingFile file(bench.root());
    REQUIRE_FALSE(file.allow(steady_now() + 10.0, 1.0));
    CHECK(flyball_may_train(link.get(), 0.1) != 0);
  }
  CHECK(flyball_may_train(link.get(), 0.1) == 0);
  const pid_t daemon = start_forked([&] {
    TrainingFile file(bench.root());
    while (true) {
      static_cast<void>(file.allow(steady_now() + 0.2, 1.0));
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return 0;
  });
  while (flyball_may_train(link.get(), 0.1) == 0) std::this_thread::yield();
  kill(daemon, SIGKILL);
  CHECK(wait_for(daemon) == -SIGKILL);
  const double killed = steady_now();
  while (flyball_may_train(link.get(), 0.1) != 0) std::this_thread::yield();
  CHECK(steady_now() - killed < 0.25);
  TrainingFile next(bench.root());  // of the one that starts then
  CHECK(flyball_may_train(link.get(), 0.1) == 0);
  REQUIRE_FALSE(next.allow(steady_now() + 10.0, 1.0));
  CHECK(flyball_may_train(link.get(), 0.1) != 0);
}

TEST_CASE("what is no answer of a version that is known forbids, and nothing waits for it") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.5);
  { TrainingFile file(bench.root()); }
  Answer answer(bench);
  const auto may = [&] { return flyball_may_train(link.get(), 0.1) != 0; };
  (*answer).until_ns = ns(steady_now() + 100.0);
  (*answer).longest_ns = ns(1.0);
  const auto check = [&] {
    return static_cast<std::uint64_t>((*answer).until_ns ^ (*answer).longest_ns) ^
           FLYBALL_TRAINING_CHECK;
  };
  (*answer).check = check();
  answer.put();
  CHECK(may());
  answer.put_short();
  CHECK_FALSE(may());
  (*answer).check += 1;  // caught amid writing
  answer.put();
  CHECK_FALSE(may());
  (*answer).check = check();
  (*answer).version = 2;
  answer.put();
  CHECK_FALSE(may());
  (*answer).version = 1;
  (*answer).magic[0] = 'F';
  answer.put();
  CHECK_FALSE(may());
  (*answer).magic[0] = 'f';
  (*answer).longest_ns = std::numeric_limits<std::int64_t>::max();
  (*answer).check = check();
  answer.put();
  CHECK(flyball_may_train(link.get(), 0.1) == std::numeric_limits<std::int64_t>::max());
  (*answer).longest_ns = -1;
  (*answer).check = check();
  answer.put();
  CHECK_FALSE(may());
  std::filesystem::remove(answer_path(bench));
  REQUIRE(mkfifo(answer_path(bench).c_str(), 0600) == 0);
  CHECK_FALSE(may());
  std::filesystem::remove(answer_path(bench));
  std::filesystem::create_symlink("/dev/zero", answer_path(bench));
  CHECK_FALSE(may());
}

TEST_CASE("durations that are none are answered with no, and errno is left alone") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.5);
  errno = ERANGE;
  CHECK(flyball_may_train(link.get(), 0.1) == 0);  // no file at all
  CHECK(errno == ERANGE);
  TrainingFile file(bench.root());
  REQUIRE_FALSE(file.allow(steady_now() + 10.0, 1.0));
  CHECK(flyball_may_train(link.get(), -1.0) == 0);
  CHECK(flyball_may_train(link.get(), std::numeric_limits<double>::quiet_NaN()) == 0);
  CHECK(flyball_may_train(link.get(), 2e6) == 0);
  CHECK(flyball_may_train(nullptr, 0.1) == 0);
  flyball_trained(nullptr, 1);
}

TEST_CASE("who asks is known to train, and what was run is counted and timed") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.5);
  ApplicationLink reader(bench.root(), 2.0);
  const auto shown = [&] {
    Stamped<ApplicationTelemetry> telemetry;
    REQUIRE_FALSE(reader.read(steady_now(), telemetry));
    return *telemetry;
  };
  CHECK_FALSE(shown().minibatch_seconds);
  CHECK_FALSE(shown().minibatches);
  static_cast<void>(flyball_may_train(link.get(), 0.125));
  CHECK(*shown().minibatch_seconds == Approx(0.125));
  CHECK(shown().minibatches == 0.0);
  flyball_trained(link.get(), flyball_now_ns() - ns(0.5));
  CHECK(shown().minibatches == 1.0);
  CHECK(*shown().minibatch_seconds == Approx(0.5).epsilon(0.1));
  flyball_trained(link.get(), flyball_now_ns() + ns(100.0));  // cannot be
  CHECK(*shown().minibatch_seconds < 1e-6);
  const MappedLink memory(bench);
  memory->minibatch_ns = ~0ULL;
  Stamped<ApplicationTelemetry> telemetry;
  CHECK(reader.read(steady_now(), telemetry));
}

TEST_CASE("asking allocates nothing") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.5);
  TrainingFile file(bench.root());
  REQUIRE_FALSE(file.allow(steady_now() + 10.0, 1.0));
  const std::size_t before = allocation_count();
  CHECK(flyball_may_train(link.get(), 0.1) != 0);
  CHECK_FALSE(file.forbid());
  CHECK(allocation_count() == before);
}

TEST_CASE("what lies in the file's place and is none is refused by name") {
  const LinkBench bench;
  std::filesystem::create_directory(answer_path(bench));
  CHECK_THROWS_WITH_AS(TrainingFile(bench.root()), doctest::Contains("run/flyball/training"),
                       std::system_error);
  std::filesystem::remove(answer_path(bench));
  std::filesystem::create_symlink("/dev/null", answer_path(bench));
  CHECK_THROWS_AS(TrainingFile(bench.root()), std::system_error);
}
