#include "tools/guard/waited_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <string>

#include "tests/support/skip.h"
#include "tests/support/temporary_directory.h"
#include "tests/tools/guard/forked.h"

using namespace flyball;

namespace {

std::string file_of(pid_t process) { return file_waited_for(process).data(); }

// A process that does `body`, which waits for ever, until the object goes.
class Waiting {
 public:
  explicit Waiting(const std::function<int()>& body) : process_(start_forked(body)) {}
  ~Waiting() {
    kill(process_, SIGKILL);
    wait_for(process_);
  }
  // Once it waits; or what there is after two seconds.
  std::string file() const {
    for (int i = 0; i < 2000 && file_of(process_).empty(); ++i) usleep(1000);
    return file_of(process_);
  }
  pid_t process() const { return process_; }

 private:
  pid_t process_;
};

bool is_told_here() {
  if (access("/proc/self/syscall", R_OK) == 0 && !is_under_qemu()) return true;
  skip_test("this kernel does not tell what a process waits for");
  return false;
}

}  // namespace

TEST_CASE("who opens or reads a file that does not answer waits for that file") {
  if (!is_told_here()) return;
  const TemporaryDirectory directory;
  const std::string pipe = (directory.path() / "pipe").string();
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(Waiting([&] { return open(pipe.c_str(), O_RDONLY); }).file() == pipe);
  const Waiting reader([&] {
    char byte = 0;
    return static_cast<int>(read(open(pipe.c_str(), O_RDWR), &byte, 1));
  });
  CHECK(reader.file() == pipe);
}

TEST_CASE("who waits for no file, or is no more, waits for none") {
  CHECK(file_of(getpid()).empty());
  const Waiting idle([] { return pause(); });
  usleep(20'000);
  CHECK(file_of(idle.process()).empty());
  const pid_t ended = start_forked([] { return 0; });
  wait_for(ended);
  CHECK(file_of(ended).empty());
}
