#include "env/jetson/link/flyball.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <thread>
#include <vector>

#include "tests/env/jetson/link/link_bench.h"

using namespace flyball;

TEST_CASE("version 1 of the memory is laid out as it will always be") {
  CHECK(FLYBALL_LINK_VERSION == 1);
  CHECK(sizeof(FlyballMemory) == 3392);
  CHECK(offsetof(FlyballMemory, batch_sizes) == 24);
  CHECK(offsetof(FlyballMemory, batch_recommended) == 128);
  CHECK(offsetof(FlyballMemory, entered) == 192);
  CHECK(offsetof(FlyballMemory, deadline_ns) == 280);
  CHECK(offsetof(FlyballMemory, slots) == 320);
  CHECK(offsetof(FlyballMemory, latencies_ns) == 1344);
}

TEST_CASE("without a link every call does nothing") {
  FlyballRequest request = flyball_begin(nullptr, 0);
  CHECK(request.arrival_ns == 0);
  flyball_end(nullptr, &request);
  flyball_drop(nullptr, &request);
  flyball_set_waiting(nullptr, 3);
  flyball_set_deadline(nullptr, 1.0);
  flyball_batch_done(nullptr, 8);
  CHECK(flyball_recommended_batch(nullptr) == 0);
  CHECK(flyball_may_train(nullptr, 0.1) == 0);
  flyball_close(nullptr);
}

TEST_CASE("wrong options and a directory that is not there are told by errno") {
  const LinkBench bench;
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double deadline : {-1.0, infinity, std::numeric_limits<double>::quiet_NaN()}) {
    errno = 0;
    CHECK_FALSE(bench.open(deadline));
    CHECK(errno == EINVAL);
  }
  CHECK_FALSE(bench.open(0.0, {0, 1}));
  CHECK_FALSE(bench.open(0.0, {4, 4}));
  FlyballOptions options = {};
  options.directory = "/proc/none/application";
  CHECK(flyball_open(&options) == nullptr);
  CHECK(errno == ENOENT);
}

TEST_CASE("the directory is made, and the file is readable by all whatever the umask") {
  const LinkBench bench;
  std::filesystem::remove(bench.directory());
  const mode_t former = umask(0077);
  const LinkPointer link = bench.open();
  umask(former);
  struct stat info {};
  REQUIRE(stat(bench.file().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0644U);
  CHECK(static_cast<std::size_t>(info.st_size) == sizeof(FlyballMemory));
}

TEST_CASE("a request that ended cannot end again") {
  const LinkBench bench;
  const LinkPointer link = bench.open();
  const MappedLink memory(bench);
  FlyballRequest request = flyball_begin(link.get(), 0);
  flyball_end(link.get(), &request);
  flyball_end(link.get(), &request);
  flyball_drop(link.get(), &request);
  CHECK(memory->served == 1);
  CHECK(memory->dropped == 0);
}

TEST_CASE("arrivals that cannot be are taken for the nearest that can") {
  const LinkBench bench;
  const LinkPointer link = bench.open();
  const MappedLink memory(bench);
  CHECK(flyball_begin(link.get(), 1).arrival_ns == memory->opened_ns);
  const std::int64_t before = flyball_now_ns();
  const std::int64_t arrival = flyball_begin(link.get(), before + 1'000'000'000'000).arrival_ns;
  CHECK(arrival >= before);
  CHECK(arrival <= flyball_now_ns());
}

TEST_CASE("later than the deadline of its end is missed") {
  const LinkBench bench;
  const LinkPointer link = bench.open(3600.0);
  const MappedLink memory(bench);
  FlyballRequest first = flyball_begin(link.get(), 0);
  FlyballRequest second = first;
  second.arrival_ns -= 3'600'000'000'000;  // an hour before
  flyball_end(link.get(), &first);
  CHECK(memory->missed == 0);
  flyball_end(link.get(), &second);
  CHECK(memory->missed == 1);
  FlyballRequest third = flyball_begin(link.get(), 0);
  third.arrival_ns -= 3'600'000'000'000;
  flyball_set_deadline(link.get(), -1.0);  // refused
  flyball_set_deadline(link.get(), 0.0);
  flyball_end(link.get(), &third);
  CHECK(memory->missed == 1);
}

TEST_CASE("the batch size is one of the program's own, whatever is asked for") {
  const LinkBench bench;
  const LinkPointer none = bench.open();
  MappedLink(bench)->batch_recommended = 8;
  CHECK(flyball_recommended_batch(none.get()) == 0);
  const LinkPointer link = bench.open(0.0, {2, 4, 16});
  const MappedLink memory(bench);
  CHECK(flyball_recommended_batch(link.get()) == 0);
  const std::vector<std::pair<std::uint64_t, std::uint32_t>> cases = {
      {1, 2}, {2, 2}, {5, 4}, {16, 16}, {~0ULL, 16}};
  for (const auto& [asked, given] : cases) {
    memory->batch_recommended = asked;
    CHECK(flyball_recommended_batch(link.get()) == given);
  }
}

TEST_CASE("more requests than slots are counted, and the slots serve again") {
  const LinkBench bench;
  const LinkPointer link = bench.open();
  const MappedLink memory(bench);
  for (int round = 0; round < 2; ++round) {
    std::vector<FlyballRequest> requests(FLYBALL_SLOTS + 5);
    for (FlyballRequest& request : requests) request = flyball_begin(link.get(), 0);
    CHECK(memory->unslotted == 5U * static_cast<unsigned>(round + 1));
    for (FlyballRequest& request : requests) flyball_end(link.get(), &request);
    for (const std::int64_t slot : memory->slots) CHECK(slot == 0);
  }
  CHECK(memory->served == 2 * (FLYBALL_SLOTS + 5));
}

TEST_CASE("no request of several threads is lost") {
  const LinkBench bench;
  const LinkPointer link = bench.open();
  const MappedLink memory(bench);
  constexpr int kThreads = 4;
  constexpr int kRequests = 5000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRequests; ++i) {
        FlyballRequest request = flyball_begin(link.get(), 0);
        i % 5 == 0 ? flyball_drop(link.get(), &request) : flyball_end(link.get(), &request);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(memory->begun == kThreads * kRequests);
  CHECK(memory->served == kThreads * kRequests / 5 * 4);
  CHECK(memory->dropped == kThreads * kRequests / 5);
  CHECK(memory->entered == 2 * kThreads * kRequests);
  CHECK(memory->left == memory->entered);
  for (const std::int64_t slot : memory->slots) CHECK(slot == 0);
}
