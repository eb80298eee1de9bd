#include "tools/guard/watcher.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <fstream>

#include "env/timeline.h"
#include "tests/support/board_tree.h"
#include "tests/support/skip.h"
#include "tests/tools/guard/forked.h"

using namespace flyball;

namespace {

constexpr std::array<std::size_t, 2> kKnobs = {0, 1};
constexpr double kPatienceSeconds = 0.3;
const std::string kCeiling = kPolicy0 + "/scaling_max_freq";

bool is_soon(const std::function<bool()>& holds) {
  for (int i = 0; i < 2000 && !holds(); ++i) usleep(1000);
  return holds();
}

pid_t only_child() {
  std::ifstream in("/proc/self/task/" + std::to_string(getpid()) + "/children");
  pid_t child = 0;
  in >> child;
  return child;
}

// A board, and a process that plays the guard's part on it.
class Bench {
 public:
  Bench() {
    tree.add_board();
    REQUIRE(pipe(end_of_guard) == 0);
  }
  ~Bench() {
    close(end_of_guard[0]);
    close(end_of_guard[1]);
  }

  // Lends, starts a watcher, lowers the clocks, then does `body`.
  pid_t start(const std::function<int(BoardControls&, Watcher&)>& body) {
    return start_forked([&] {
      JetsonPlant plant(tree.config());
      BoardControls& controls = *plant.controls();
      controls.lend(kKnobs);
      int result = 0;
      {
        Watcher watcher(controls, kPatienceSeconds, end_of_guard[1]);
        if (controls.apply(kKnobs, Setting::pinned(std::array<Level, 2>{0, 0}))) return 98;
        result = body(controls, watcher);
      }
      _exit(result);  // as who dies: without giving back
    });
  }
  bool is_as_before() const {
    return tree.read(kCeiling) == "400000" && tree.read(kDevfreq + "/max_freq") == "300000000" &&
           !tree.exists("/run/flyball/backup");
  }
  bool is_governed() const {
    return tree.read(kCeiling) == "100000" && tree.read(kDevfreq + "/max_freq") == "100000000";
  }

  BoardTree tree;
  int end_of_guard[2];
};

double now_seconds() { return SteadyTimeline().now_seconds(); }

// Beats for so long; false once nobody watches any more.
bool is_watched_for(Watcher& watcher, double seconds) {
  const int beats = static_cast<int>(seconds / 0.05);
  for (int i = 0; i < beats; ++i) {
    if (!watcher.beat(now_seconds())) return false;
    usleep(50'000);
  }
  return true;
}

}  // namespace

TEST_CASE("when the guard dies the watcher gives the clocks back") {
  for (const int number : {SIGKILL, SIGSEGV}) {
    Bench bench;
    const pid_t guard = bench.start([&](BoardControls&, Watcher&) {
      signal(number, SIG_DFL);  // not the test program's own
      raise(number);
      return 0;
    });
    CHECK(wait_for(guard) == -number);
    CHECK(is_soon([&] { return bench.is_as_before(); }));
  }
}

TEST_CASE("a guard that neither beats nor dies is ended, and the clocks are given back") {
  Bench bench;
  const pid_t guard = bench.start([](BoardControls&, Watcher&) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
    pause();
    return 0;
  });
  CHECK(wait_for(guard) == -SIGKILL);
  CHECK(is_soon([&] { return bench.is_as_before(); }));
}

TEST_CASE("a guard that is stopped is ended, too") {
  Bench bench;
  const pid_t guard = bench.start([](BoardControls&, Watcher&) {
    raise(SIGSTOP);
    return 0;
  });
  CHECK(wait_for(guard) == -SIGKILL);
  CHECK(is_soon([&] { return bench.is_as_before(); }));
}

TEST_CASE("while the guard beats nothing is given back, for longer than the patience") {
  Bench bench;
  const pid_t guard = bench.start([&](BoardControls&, Watcher& watcher) {
    const bool watched = is_watched_for(watcher, 3.0 * kPatienceSeconds);
    return watched && bench.is_governed() ? 0 : 1;
  });
  CHECK(wait_for(guard) == 0);
}

TEST_CASE("a watcher that died, or no longer answers, is noticed at the next beats") {
  for (const int number : {SIGKILL, SIGSTOP}) {
    CAPTURE(number);
    Bench bench;
    const pid_t guard = bench.start([&](BoardControls& controls, Watcher& watcher) {
      if (!is_watched_for(watcher, 0.1)) return 1;
      kill(only_child(), number);
      const bool watched = is_watched_for(watcher, 4.0 * kPatienceSeconds);
      controls.give_back_all();
      return watched ? 2 : 0;
    });
    CHECK(wait_for(guard) == 0);
    CHECK(bench.is_as_before());
  }
}

TEST_CASE("a watcher that shows no sign of life is noticed where the kernel tells nothing, too") {
  Bench bench;
  const pid_t guard = bench.start([&](BoardControls& controls, Watcher& watcher) {
    if (!is_watched_for(watcher, 0.1)) return 1;
    const pid_t process = only_child();
    kill(process, SIGSTOP);
    int status = 0;
    waitpid(process, &status, WUNTRACED);  // so nobody else is told of it
    if (!is_watched_for(watcher, kPatienceSeconds)) return 2;
    const bool watched = is_watched_for(watcher, 4.0 * kPatienceSeconds);
    controls.give_back_all();
    return watched ? 3 : 0;
  });
  CHECK(wait_for(guard) == 0);
  CHECK(bench.is_as_before());
}

TEST_CASE("a watcher that answered is not taken for dead by a guard that was held up itself") {
  Bench bench;
  const pid_t guard = bench.start([&](BoardControls& controls, Watcher& watcher) {
    int result = watcher.beat(now_seconds()) ? 0 : 1;
    usleep(100'000);
    if (!watcher.beat(now_seconds() + 5.0 * kPatienceSeconds)) result = 2;
    controls.give_back_all();
    return result;
  });
  CHECK(wait_for(guard) == 0);
}

TEST_CASE("a watcher whose watch is over ends with it and writes nothing") {
  Bench bench;
  const pid_t guard = start_forked([&] {
    JetsonPlant plant(bench.tree.config());
    BoardControls& controls = *plant.controls();
    controls.lend(kKnobs);
    pid_t process = 0;
    {
      const Watcher watcher(controls, kPatienceSeconds, bench.end_of_guard[1]);
      process = only_child();
      controls.give_back_all();
      bench.tree.write(kCeiling, "300000");  // somebody else's, after the clocks were given back
    }
    const bool is_gone = process > 0 && kill(process, 0) != 0;
    usleep(1000 * static_cast<useconds_t>(2e3 * kPatienceSeconds));
    return is_gone && bench.tree.read(kCeiling) == "300000" ? 0 : 1;
  });
  CHECK(wait_for(guard) == 0);
}

TEST_CASE("a watcher that hangs does not keep the guard from ending") {
  Bench bench;
  const pid_t guard = bench.start([](BoardControls& controls, Watcher&) {
    kill(only_child(), SIGSTOP);
    controls.give_back_all();
    return 0;
  });
  CHECK(wait_for(guard) == 0);
  CHECK(bench.is_as_before());
}

TEST_CASE("the watcher does not hold the descriptor that tells of the guard's end") {
  if (is_under_qemu()) return skip_test("timed, and qemu-user is slow");
  Bench bench;
  const pid_t guard = bench.start([&](BoardControls& controls, Watcher& watcher) {
    close(bench.end_of_guard[1]);
    const bool watched = is_watched_for(watcher, 2.0 * kPatienceSeconds);
    controls.give_back_all();
    return watched ? 0 : 1;
  });
  close(bench.end_of_guard[1]);
  pollfd ended{bench.end_of_guard[0], POLLIN, 0};
  poll(&ended, 1, static_cast<int>(1e3 * kPatienceSeconds));
  CHECK((ended.revents & POLLHUP) != 0);
  bench.end_of_guard[1] = -1;
  CHECK(wait_for(guard) == 0);
}
