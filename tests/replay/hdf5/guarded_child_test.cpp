#include "replay/hdf5/guarded_child.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "env/errors.h"

using namespace flyball;

namespace {

// What reading one byte of such work says.
std::string failure_of(const std::function<void(int)>& work, const ChildLimits& limits = {},
                       const KeepGoing& keep_going = {}) {
  try {
    GuardedChild child(limits, work, keep_going);
    char byte = 0;
    child.read(&byte, 1);
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

#ifdef __SANITIZE_ADDRESS__  // which ends a process without memory itself
constexpr const char* kOutOfMemory = "crashed (ended before its answer)";
#else
constexpr const char* kOutOfMemory = "crashed (SIGUSR1)";
#endif

[[noreturn]] void spin() {
  for (volatile unsigned turns = 0;;) turns = turns + 1;
}

// No child is left behind.
bool has_no_child() { return waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD; }

}  // namespace

TEST_CASE("what a child writes is read in order, whatever the pieces") {
  std::string sent;
  for (int i = 0; i < 300000; ++i) sent += static_cast<char>('a' + i % 26);
  const auto work = [&](int descriptor) {
    std::size_t done = 0;
    while (done < sent.size()) {
      const ssize_t count = write(descriptor, sent.data() + done, sent.size() - done);
      if (count < 0) throw std::runtime_error("write");
      done += static_cast<std::size_t>(count);
    }
  };
  std::string got(sent.size(), ' ');
  {
    GuardedChild child({}, work, {});
    child.read(got.data(), 7);
    child.read(got.data() + 7, got.size() - 7);
    char more = 0;
    CHECK_THROWS_WITH_AS(child.read(&more, 1), "crashed (ended before its answer)", DataError);
  }
  CHECK(got == sent);
  CHECK(has_no_child());
}

TEST_CASE("a crash of the child is named by its signal") {
  CHECK(failure_of([](int) { raise(SIGSEGV); }) == "crashed (SIGSEGV)");
  CHECK(failure_of([](int) { std::abort(); }) == "crashed (SIGABRT)");
  CHECK(failure_of([](int) { throw std::runtime_error("?"); }) ==
        "crashed (ended before its answer)");
  CHECK(has_no_child());
}

TEST_CASE("a child that loops for ever is ended after its processor time") {
  CHECK(failure_of([](int) { spin(); }, {.cpu_seconds = 1}) ==
        "took more than 1 s of processor time");
}

TEST_CASE("a child that waits for ever is ended after four times as long") {
  CHECK(failure_of([](int) { pause(); }, {.cpu_seconds = 1}) == "was silent for 4 s");
  CHECK(has_no_child());
}

TEST_CASE("a child that works on a busy machine is not silent") {
  const auto work_a_little_at_a_time = [](int descriptor) {
    for (int i = 0; i < 250; ++i) {  // five seconds, of which it works a fraction
      for (volatile int turns = 0; turns < 20000;) turns = turns + 1;
      usleep(20000);
    }
    if (write(descriptor, "x", 1) != 1) std::abort();
  };
  CHECK(failure_of(work_a_little_at_a_time, {.cpu_seconds = 1}) == "no error");
}

TEST_CASE("a child that wants more than its memory gets none") {
  const auto work = [](int descriptor) {
    try {
      const std::vector<char> much(std::size_t{1} << 28, 'x');
      if (write(descriptor, much.data(), 1) != 1) std::abort();
    } catch (const std::bad_alloc&) {
      raise(SIGUSR1);
    }
  };
  CHECK(failure_of(work, {.memory_bytes = std::uint64_t{1} << 26}) == kOutOfMemory);
  CHECK(failure_of(work, {.memory_bytes = std::uint64_t{1} << 30}) == "no error");
}

TEST_CASE("a child that writes without end is not listened to") {
  const auto work = [](int descriptor) {
    const std::string text(4096, 'x');
    while (write(descriptor, text.data(), text.size()) > 0) continue;
  };
  GuardedChild child({.memory_bytes = std::uint64_t{1} << 20}, work, {});
  std::vector<char> much(std::size_t{1} << 21);
  CHECK_THROWS_WITH_AS(child.read(much.data(), much.size()), "gave an answer without end",
                       DataError);
}

TEST_CASE("a stop request ends the child at once") {
  int asked = 0;
  const auto keep_going = [&] { return ++asked < 3; };
  CHECK_THROWS_AS(failure_of([](int) { spin(); }, {}, keep_going), Interrupted);
  CHECK(asked == 3);
  CHECK(has_no_child());
}

TEST_CASE("a child has none of its parent's files, and Ctrl-C is left to the parent") {
  const int file = open("/dev/null", O_WRONLY);
  REQUIRE(file > 2);
  const auto work = [file](int descriptor) {
    raise(SIGINT);
    raise(SIGTERM);
    const bool has_file = file != descriptor && fcntl(file, F_GETFD) >= 0;
    const char answer = has_file || isatty(2) != 0 ? 'n' : 'y';
    if (write(descriptor, &answer, 1) != 1) std::abort();
  };
  GuardedChild child({}, work, {});
  char answer = 0;
  child.read(&answer, 1);
  CHECK(answer == 'y');
  close(file);
}
