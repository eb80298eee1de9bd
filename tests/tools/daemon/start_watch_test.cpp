#include "tools/daemon/start_watch.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/skip.h"
#include "tests/support/temporary_directory.h"
#include "tests/tools/guard/forked.h"
#include "tools/guard/kill_timer.h"

using namespace flyball;

namespace {

// What a start that does `body` says, and its end.
struct Start {
  int code = 0;
  std::string said;
};

Start start(const TemporaryDirectory& directory, const std::function<int()>& body) {
  const std::string output = (directory.path() / "said").string();
  Start result;
  result.code = run_forked([&] {
    dup2(open(output.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDERR_FILENO);
    KillTimer timer;
    timer.set(1.0);
    const StartWatch watch(0.1, 1.0);
    return body();
  });
  std::ifstream in(output);
  result.said = {std::istreambuf_iterator<char>(in), {}};
  return result;
}

}  // namespace

TEST_CASE("a start that hangs in a file names it, and that it is given up") {
  if (access("/proc/self/syscall", R_OK) != 0 || is_under_qemu()) {
    return skip_test("this kernel does not tell");
  }
  const TemporaryDirectory directory;
  const std::string pipe = (directory.path() / "pipe").string();
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const auto hang = [&] {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return open(pipe.c_str(), O_RDONLY);
  };
  const auto check = [&](const std::function<int()>& body) {
    const Start hung = start(directory, body);
    CHECK(hung.code == -SIGKILL);
    CHECK(hung.said == "flyballd: " + pipe + ": no answer yet, and the start waits for it\n" +
                           "flyballd: " + pipe +
                           ": no answer within 1 s, so the start is given up\n");
  };
  check(hang);
  check([&] { return wait_for(start_forked(hang)); });  // in a process that it waits for
}

TEST_CASE("a start in time says nothing, and leaves no process behind") {
  const TemporaryDirectory directory;
  const Start well = start(directory, [] { return 7; });
  CHECK(well.code == 7);
  CHECK(well.said.empty());
}

TEST_CASE("a start that gave up root's rights ends its watch all the same") {
  if (geteuid() != 0) return skip_test("needs root");
  const TemporaryDirectory directory;
  CHECK(start(directory, [] { return setuid(65534) == 0 ? 7 : 8; }).code == 7);
}
