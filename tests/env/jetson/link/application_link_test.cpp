#include "env/jetson/link/application_link.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "env/jetson/jetson_error.h"
#include "tests/env/jetson/link/link_bench.h"
#include "tests/support/allocation_counter.h"
#include "tests/tools/guard/forked.h"

using namespace flyball;

namespace {

constexpr double kPatience = 2.0;
constexpr std::int64_t kSecond = 1'000'000'000;

double seconds(std::int64_t ns) { return 1e-9 * static_cast<double>(ns); }

// What is read at a moment chosen by the test, which lies after everything that was reported.
ApplicationTelemetry read_at(ApplicationLink& link, double now_seconds) {
  Stamped<ApplicationTelemetry> telemetry;
  const FileError error = link.read(now_seconds, telemetry);
  CAPTURE(error.code.message());
  REQUIRE_FALSE(error);
  CHECK(telemetry.time_seconds() == now_seconds);
  return *telemetry;
}

std::error_code error_of(ApplicationLink& link) {
  Stamped<ApplicationTelemetry> telemetry;
  const FileError error = link.read(steady_now(), telemetry);
  CHECK(telemetry.has_value() == !error);
  CHECK(std::string(error.file) == (error ? link.path() : ""));
  return error.code;
}

}  // namespace

TEST_CASE("what is between two readings is exact to the nanosecond") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.5);
  const MappedLink memory(bench);
  ApplicationLink reader(bench.root(), kPatience);
  CHECK(read_at(reader, steady_now()).in_system_seconds == 0.0);

  const FlyballRequest first = flyball_begin(link.get(), 0);
  const FlyballRequest second = flyball_begin(link.get(), 0);
  FlyballRequest done = first;
  flyball_end(link.get(), &done);
  const std::int64_t latency = memory->latencies_ns[0];
  const double now = seconds(second.arrival_ns + kSecond / 4);
  const ApplicationTelemetry figures = read_at(reader, now);
  CHECK(figures.arrived == 2);
  CHECK(figures.served == 1);
  CHECK(figures.queue_length == 1);
  CHECK(figures.in_system_seconds == doctest::Approx(seconds(latency) + 0.25).epsilon(1e-7));
  CHECK(figures.latency_mean_seconds == doctest::Approx(seconds(latency)));
  CHECK(figures.latency_max_seconds == doctest::Approx(seconds(latency)));
  CHECK(figures.deadline_seconds == 0.5);
  CHECK(*figures.slack_seconds == doctest::Approx(0.25).epsilon(1e-6));
  CHECK_FALSE(figures.batch_recommended);
  CHECK_FALSE(figures.batch_effective);
  CHECK_FALSE(figures.finished);
}

TEST_CASE("the time in the system is the sum of all latencies, dropped requests included") {
  const LinkBench bench;
  const LinkPointer link = bench.open();
  const MappedLink memory(bench);
  ApplicationLink reader(bench.root(), kPatience);
  std::int64_t sum = 0;
  for (int i = 0; i < 200; ++i) {
    FlyballRequest early = flyball_begin(link.get(), 0);
    FlyballRequest late = flyball_begin(link.get(), 0);
    flyball_end(link.get(), &early);
    flyball_end(link.get(), &late);
  }
  for (const std::int64_t latency : memory->latencies_ns) sum += latency;
  // 400 requests: the ring holds the last 256.
  const ApplicationTelemetry figures = read_at(reader, steady_now());
  CHECK(figures.served == 400);
  CHECK(figures.in_system_seconds > seconds(sum));
  CHECK(figures.in_system_seconds * 1e9 ==
        doctest::Approx(static_cast<double>(memory->ended_ns - memory->begun_ns)));
  FlyballRequest dropped = flyball_begin(link.get(), 0);
  flyball_drop(link.get(), &dropped);
  const ApplicationTelemetry after = read_at(reader, steady_now());
  CHECK(after.served == 400);
  CHECK(after.missed == 1);
  CHECK(after.queue_length == 0);
  CHECK(after.in_system_seconds > figures.in_system_seconds);
  CHECK_FALSE(after.latency_mean_seconds);  // none was served since
}

TEST_CASE("the time in the system never falls, though requests begin while it is read") {
  const LinkBench bench;
  const LinkPointer link = bench.open();
  ApplicationLink reader(bench.root(), kPatience);
  const FlyballRequest first = flyball_begin(link.get(), 0);
  const double now = seconds(first.arrival_ns + kSecond / 1000);
  const double shown = read_at(reader, now).in_system_seconds;
  CHECK(shown == doctest::Approx(0.001));
  MappedLink memory(bench);
  memory->begun += 1;
  memory->begun_ns += static_cast<std::uint64_t>(first.arrival_ns + kSecond / 100);
  CHECK(read_at(reader, now).in_system_seconds == shown);
  CHECK(read_at(reader, now + 0.1).in_system_seconds == doctest::Approx(0.101 + 0.091));
}

TEST_CASE("latencies are of the requests served since the reading before") {
  const LinkBench bench;
  const LinkPointer link = bench.open();
  const MappedLink memory(bench);
  ApplicationLink reader(bench.root(), kPatience);
  std::vector<FlyballRequest> requests(20);
  for (FlyballRequest& request : requests) request = flyball_begin(link.get(), 0);
  static_cast<void>(read_at(reader, steady_now()));
  for (FlyballRequest& request : requests) flyball_end(link.get(), &request);
  memory->opened_ns = 0;
  for (int i = 0; i < 20; ++i) memory->latencies_ns[i] = std::int64_t{20 - i} * 1'000'000;
  const ApplicationTelemetry figures = read_at(reader, steady_now());
  CHECK(*figures.latency_mean_seconds == doctest::Approx(0.0105));
  CHECK(*figures.latency_p95_seconds == doctest::Approx(0.019));
  CHECK(*figures.latency_max_seconds == doctest::Approx(0.020));
}

TEST_CASE("slack is the oldest request's, and there is none without a deadline") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.1);
  ApplicationLink reader(bench.root(), kPatience);
  CHECK_FALSE(read_at(reader, steady_now()).slack_seconds);
  FlyballRequest oldest = flyball_begin(link.get(), 0);
  const FlyballRequest younger = flyball_begin(link.get(), 0);
  const double now = seconds(oldest.arrival_ns) + 0.3;
  CHECK(*read_at(reader, now).slack_seconds == doctest::Approx(-0.2).epsilon(1e-6));
  flyball_end(link.get(), &oldest);
  const double slack = seconds(younger.arrival_ns) + 0.1 - now;
  CHECK(*read_at(reader, now).slack_seconds == doctest::Approx(slack).epsilon(1e-6));
  flyball_set_deadline(link.get(), 0.0);
  CHECK_FALSE(read_at(reader, now).slack_seconds);
  CHECK_FALSE(read_at(reader, now).deadline_seconds);
}

TEST_CASE("batches and what waits before it begins are shown") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.0, {1, 2, 8});
  MappedLink(bench)->batch_recommended = 2;
  ApplicationLink reader(bench.root(), kPatience);
  CHECK(reader.batch_levels() == std::vector<double>{1, 2, 8});
  flyball_set_waiting(link.get(), 7);
  flyball_batch_done(link.get(), 8);
  flyball_batch_done(link.get(), 2);
  flyball_begin(link.get(), 0);
  const ApplicationTelemetry figures = read_at(reader, steady_now());
  CHECK(figures.queue_length == 8);
  CHECK(figures.batches == 2);
  CHECK(figures.batch_effective == 2.0);
  CHECK(figures.batch_recommended == 2.0);
}

TEST_CASE("a program that closed its link has ended, and another takes its place") {
  const LinkBench bench;
  ApplicationLink reader(bench.root(), kPatience);
  CHECK_FALSE(reader.present());
  CHECK(error_of(reader) == std::errc::no_such_file_or_directory);
  LinkPointer link = bench.open();
  CHECK(reader.present());
  CHECK_FALSE(error_of(reader));
  link.reset();
  CHECK_FALSE(reader.present());
  CHECK(error_of(reader) == JetsonError::kEnded);
  link = bench.open();
  flyball_begin(link.get(), 0);
  CHECK(read_at(reader, steady_now()).arrived == 1);
}

TEST_CASE("of two programs the one that came last is read, and the other does no harm") {
  const LinkBench bench;
  const LinkPointer former = bench.open();
  ApplicationLink reader(bench.root(), kPatience);
  flyball_begin(former.get(), 0);
  CHECK(read_at(reader, steady_now()).arrived == 1);
  const LinkPointer latter = bench.open();
  flyball_begin(latter.get(), 0);
  flyball_begin(latter.get(), 0);
  CHECK(read_at(reader, steady_now()).arrived == 2);
  const LinkPointer last = bench.open();
  flyball_begin(last.get(), 0);
  for (int i = 0; i < 3; ++i) flyball_begin(latter.get(), 0);  // goes on writing
  CHECK(read_at(reader, steady_now() + 0.6).arrived == 1);
}

TEST_CASE("a program that is killed amid its writing has ended, and the next is read") {
  const LinkBench bench;
  ApplicationLink reader(bench.root(), kPatience);
  for (int round = 0; round < 20; ++round) {
    const pid_t writer = start_forked([&] {
      const LinkPointer link = bench.open(0.01);
      while (true) {
        FlyballRequest request = flyball_begin(link.get(), 0);
        flyball_end(link.get(), &request);
      }
      return 0;
    });
    std::uint64_t served = 0;
    Stamped<ApplicationTelemetry> telemetry;
    while (served < 1000 * static_cast<std::uint64_t>(round + 1)) {
      if (!reader.read(steady_now(), telemetry)) served = telemetry->served;
    }
    kill(writer, SIGKILL);
    CHECK(wait_for(writer) == -SIGKILL);
    static_cast<void>(error_of(reader));  // its last figures, if they had not been read
    CHECK(error_of(reader) == JetsonError::kEnded);
  }
}

TEST_CASE("who is caught amid writing again and again keeps its last figures for the patience") {
  const LinkBench bench;
  const LinkPointer link = bench.open();
  const MappedLink memory(bench);
  ApplicationLink reader(bench.root(), kPatience);
  ++memory->entered;
  CHECK(error_of(reader) == JetsonError::kStale);  // there are no last figures
  ++memory->left;
  flyball_begin(link.get(), 0);
  const double now = steady_now();
  CHECK(read_at(reader, now).arrived == 1);
  ++memory->entered;
  memory->begun = 99;
  Stamped<ApplicationTelemetry> telemetry;
  REQUIRE_FALSE(reader.read(now + kPatience, telemetry));
  CHECK(telemetry.time_seconds() == now);
  CHECK(telemetry->arrived == 1);
  CHECK(reader.read(now + kPatience + 0.001, telemetry).code == JetsonError::kStale);
  CHECK_FALSE(telemetry);
  memory->begun = 1;
  ++memory->left;
  CHECK(read_at(reader, steady_now()).arrived == 1);
}

TEST_CASE("what is read while others write is always a whole state") {
  const LinkBench bench;
  const double opened = steady_now();
  const LinkPointer link = bench.open(3600.0);
  std::atomic<bool> ends = false;
  std::vector<std::jthread> writers;
  for (int t = 0; t < 2; ++t) {
    writers.emplace_back([&] {
      std::array<FlyballRequest, 8> requests;
      while (!ends) {
        for (FlyballRequest& request : requests) request = flyball_begin(link.get(), 0);
        for (FlyballRequest& request : requests) flyball_end(link.get(), &request);
      }
    });
  }
  ApplicationLink reader(bench.root(), kPatience);
  Stamped<ApplicationTelemetry> telemetry;
  ApplicationTelemetry before;
  bool holds = true;
  for (int whole = 0; whole < 500;) {
    const double now = steady_now();
    const FileError error = reader.read(now, telemetry);
    holds &= !error || error.code == JetsonError::kStale;
    if (error || telemetry.time_seconds() != now) continue;
    ++whole;
    // A torn state is off by a moment since the machine's start, not since the last reading.
    holds &= telemetry->queue_length <= 16 && telemetry->served >= before.served &&
             telemetry->in_system_seconds >= before.in_system_seconds &&
             telemetry->in_system_seconds <= 16.0 * (steady_now() - opened);
    before = *telemetry;
  }
  ends = true;
  CHECK(holds);
}

TEST_CASE("numbers that cannot be are refused, each for itself") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.1, {1, 2});
  FlyballRequest request = flyball_begin(link.get(), 0);
  flyball_end(link.get(), &request);
  flyball_begin(link.get(), 0);
  const MappedLink memory(bench);
  const FlyballMemory good = *memory;
  ApplicationLink reader(bench.root(), kPatience);
  CHECK_FALSE(error_of(reader));
  using Change = std::function<void(FlyballMemory&)>;
  const std::vector<Change> changes = {
      [](auto& m) { m.magic[0] = 'F'; },
      [](auto& m) { m.size = 1; },
      [](auto& m) { m.batch_size_count = 17; },
      [](auto& m) { m.batch_sizes[0] = 0; },
      [](auto& m) { m.batch_sizes[1] = 1; },
      [](auto& m) { m.opened_ns = -1; },
      [](auto& m) { m.opened_ns += 3600 * kSecond; },
      [](auto& m) { m.served = 3; },
      [](auto& m) { m.dropped = ~0ULL; },
      [](auto& m) { m.begun = ~0ULL; },
      [](auto& m) { m.missed = 2; },
      [](auto& m) { m.batches = ~0ULL; },
      [](auto& m) { m.batch_size = ~0ULL; },
      [](auto& m) { m.batch_recommended = ~0ULL; },
      [](auto& m) { m.waiting = ~0ULL; },
      [](auto& m) { m.deadline_ns = -1; },
      [](auto& m) { m.deadline_ns = INT64_MAX; },
      [](auto& m) { m.begun_ns -= 1ULL << 62U; },
      [](auto& m) { m.slots[5] = 1; },
      [](auto& m) { m.slots[5] = -1; },
      [](auto& m) { m.slots[5] = INT64_MAX; },
      [](auto& m) { m.latencies_ns[7] = -1; },
      [](auto& m) { m.latencies_ns[7] = INT64_MAX; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    CAPTURE(i);
    changes[i](*memory);
    CHECK(error_of(reader) == JetsonError::kMalformed);
    *memory = good;
  }
  memory->version = 2;
  CHECK(error_of(reader) == JetsonError::kOtherVersion);
  CHECK_THROWS_WITH_AS(reader.batch_levels(), doctest::Contains("another version"),
                       std::runtime_error);
  *memory = good;
  CHECK_FALSE(error_of(reader));
}

TEST_CASE("whatever a program writes, what is shown is finite and not negative") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.1, {1, 2});
  const MappedLink memory(bench);
  FlyballMemory good = *memory;
  ApplicationLink reader(bench.root(), kPatience);
  std::mt19937_64 random(7);
  int shown = 0;
  for (int i = 0; i < 20000; ++i) {
    *memory = good;
    for (std::uint64_t n = random() % 3 + 1; n > 0; --n) {
      const std::size_t word = random() % (sizeof good / 8);
      const std::uint64_t value = random() >> (random() % 64);
      std::memcpy(reinterpret_cast<char*>(&*memory) + 8 * word, &value, sizeof value);
    }
    Stamped<ApplicationTelemetry> telemetry;
    if (reader.read(steady_now(), telemetry)) continue;
    ++shown;
    REQUIRE(std::isfinite(telemetry->in_system_seconds));
    REQUIRE(telemetry->in_system_seconds >= 0.0);
    REQUIRE(telemetry->served <= telemetry->arrived);
    REQUIRE(telemetry->latency_max_seconds.value_or(0.0) >= 0.0);
    REQUIRE(std::isfinite(telemetry->slack_seconds.value_or(0.0)));
  }
  CHECK(shown > 100);
  *memory = good;
}

TEST_CASE("a file that is cut short or is none is refused, and nothing waits for it") {
  const LinkBench bench;
  const LinkPointer link = bench.open();
  ApplicationLink reader(bench.root(), kPatience);
  CHECK_FALSE(error_of(reader));
  std::filesystem::resize_file(bench.file(), 200);
  CHECK(error_of(reader) == JetsonError::kMalformed);
  std::filesystem::resize_file(bench.file(), 0);
  CHECK(error_of(reader) == JetsonError::kMalformed);
  const std::string elsewhere = bench.root() + "/elsewhere";
  std::filesystem::rename(bench.file(), elsewhere);
  REQUIRE(mkfifo(bench.file().c_str(), 0644) == 0);
  CHECK(error_of(reader) == JetsonError::kNotRegular);
  std::filesystem::remove(bench.file());
  std::filesystem::create_symlink(elsewhere, bench.file());
  CHECK(error_of(reader) == std::errc::too_many_symbolic_link_levels);
  std::filesystem::remove(bench.file());
  std::filesystem::create_directory(bench.file());
  CHECK(error_of(reader));
  CHECK_FALSE(reader.present());
}

TEST_CASE("reading allocates nothing") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.1);
  ApplicationLink reader(bench.root(), kPatience);
  Stamped<ApplicationTelemetry> telemetry;
  const std::size_t before = allocation_count();
  for (int i = 0; i < 300; ++i) {
    FlyballRequest request = flyball_begin(link.get(), 0);
    flyball_end(link.get(), &request);
    if (i % 3 == 0) static_cast<void>(reader.read(steady_now(), telemetry));
  }
  CHECK(allocation_count() == before);
  CHECK(telemetry->served > 200);
}
