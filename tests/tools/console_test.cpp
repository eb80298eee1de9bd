#include "tools/console.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "tests/support/captured_stream.h"
#include "tests/tools/guard/forked.h"

using namespace flyball;

namespace {

// A write that waits for ever ends its process.
constexpr unsigned kPatienceSeconds = 20;

// The streams are the process's own: what changes them does it in a child, and returns 0 where all
// is as it should be.
int in_child(const std::function<int()>& body) {
  std::fflush(nullptr);
  return run_forked([&] {
    alarm(kPatienceSeconds);
    return body();
  });
}

void send_to(int descriptor, const char* path) {
  const int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  dup2(file, descriptor);
  close(file);
}

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() { CHECK(pipe2(ends, O_CLOEXEC) == 0); }
  ~Pipe() {
    for (const int end : ends) close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
};

}  // namespace

TEST_CASE("the report goes to stdout, a remark to stderr") {
  const std::string report = captured(STDOUT_FILENO, [] {
    say("{} of {:.1f} %\n", 3, 2.5);
    CapturedStream err(STDERR_FILENO);
    remark("not here\n");
  });
  CHECK(report == "3 of 2.5 %\n");
  const std::string remarks = captured(STDERR_FILENO, [] {
    remark("flyball: {}\n", "careful");
    CapturedStream out(STDOUT_FILENO);
    say("not here\n");
  });
  CHECK(remarks == "flyball: careful\n");
}

TEST_CASE("text of a file never steers the terminal, on either stream") {
  const std::string text = "\x1b[31mred\tand\xff\n";
  const std::string harmless = "\\u001b[31mred\tand\\xff\n";
  CHECK(captured(STDOUT_FILENO, [&] { say("{}", text); }) == harmless);
  CHECK(captured(STDERR_FILENO, [&] { remark("{}", text); }) == harmless);
}

TEST_CASE("a remark comes after what was reported before it") {
  const TemporaryFile both;
  const int status = in_child([&] {
    send_to(STDOUT_FILENO, both.path().c_str());
    send_to(STDERR_FILENO, both.path().c_str());
    say("one\n");
    remark("two\n");
    say("three\n");
    return stdout_failure() ? 1 : 0;
  });
  CHECK(status == 0);
  CHECK(contents(both.path()) == "one\ntwo\nthree\n");
}

TEST_CASE("where a command's file is standard output, its report goes to stderr") {
  for (const char* name : {"-", "/dev/stdout"}) {
    CAPTURE(name);
    const TemporaryFile out;
    const TemporaryFile err;
    const int status = in_child([&] {
      send_to(STDOUT_FILENO, out.path().c_str());
      send_to(STDERR_FILENO, err.path().c_str());
      keep_stdout_for("some/file.csv");
      say("before\n");
      keep_stdout_for(name);
      say("after\n");
      return stdout_failure() ? 1 : 0;
    });
    CHECK(status == 0);
    CHECK(contents(out.path()) == "before\n");
    CHECK(contents(err.path()) == "after\n");
  }
}

TEST_CASE("a report that was written is no failure, one that was not is, with its reason") {
  CHECK(in_child([] {
          const TemporaryFile file;
          send_to(STDOUT_FILENO, file.path().c_str());
          say("short\n");
          return stdout_failure() ? 1 : 0;
        }) == 0);
  CHECK(in_child([] {
          send_to(STDOUT_FILENO, "/dev/full");
          say("short, and so only buffered\n");
          return stdout_failure() == "No space left on device" ? 0 : 1;
        }) == 0);
  CHECK(in_child([] {
          close(STDOUT_FILENO);
          say("to nobody\n");
          return stdout_failure() == "Bad file descriptor" ? 0 : 1;
        }) == 0);
}

TEST_CASE("the first failure of the report is kept, whatever can be written later") {
  CHECK(in_child([] {
          const TemporaryFile file;
          send_to(STDOUT_FILENO, "/dev/full");
          say("{}", std::string(1 << 16, 'x'));  // more than is buffered
          send_to(STDOUT_FILENO, file.path().c_str());
          say("more\n");
          return stdout_failure() == "No space left on device" ? 0 : 1;
        }) == 0);
}

TEST_CASE("remarks that nobody can read stop nothing, and are no failure of the report") {
  CHECK(in_child([] {
          const TemporaryFile file;
          send_to(STDOUT_FILENO, file.path().c_str());
          send_to(STDERR_FILENO, "/dev/full");
          remark("lost\n");
          close(STDERR_FILENO);
          remark("lost, too\n");
          return stdout_failure() ? 1 : 0;
        }) == 0);
}

TEST_CASE("a governor drops remarks that stderr does not take at once") {
  CHECK(in_child([] {
          const Pipe pipe;
          dup2(pipe.ends[1], STDERR_FILENO);
          drop_remarks_rather_than_wait();
          remark("told\n");
          for (int i = 0; i < 1000; ++i) remark("{}", std::string(1000, 'x'));  // 64 KiB fit
          char text[8] = {};
          if (read(pipe.ends[0], text, 5) != 5 || std::string(text) != "told\n") return 1;
          return 0;
        }) == 0);
}

TEST_CASE("streams that are closed are made to be something, and using them stays an error") {
  CHECK(in_child([] {
          for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) close(number);
          prepare_standard_streams();
          const int file = open("/dev/null", O_RDWR | O_CLOEXEC);
          if (file <= STDERR_FILENO) return 1;
          char byte = 0;
          if (read(STDIN_FILENO, &byte, 1) != -1 || errno != EBADF) return 2;
          if (write(STDOUT_FILENO, &byte, 1) != -1 || errno != EBADF) return 3;
          return write(STDERR_FILENO, &byte, 1) == -1 && errno == EBADF ? 0 : 4;
        }) == 0);
}

TEST_CASE("streams that are open stay what they are, and a reader that goes ends nobody") {
  CHECK(in_child([] {
          Pipe pipe;
          dup2(pipe.ends[1], STDOUT_FILENO);
          prepare_standard_streams();
          if (write(STDOUT_FILENO, "x", 1) != 1) return 1;
          close(pipe.ends[0]);
          return write(STDOUT_FILENO, "x", 1) == -1 && errno == EPIPE ? 0 : 2;
        }) == 0);
}

TEST_CASE("a pipe's reader is there, or has gone, a file has none to go") {
  CHECK(in_child([] {
          Pipe pipe;
          dup2(pipe.ends[1], STDOUT_FILENO);
          if (stdout_reader_is_gone()) return 1;
          close(pipe.ends[0]);
          if (!stdout_reader_is_gone()) return 2;
          const TemporaryFile file;
          send_to(STDOUT_FILENO, file.path().c_str());
          return stdout_reader_is_gone() ? 3 : 0;
        }) == 0);
}
