#include "env/jetson/control_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "env/jetson/jetson_error.h"
#include "tests/support/board_tree.h"

using namespace flyball;

namespace {

const std::string kFile = "/sys/limit";

struct Held {
  explicit Held(const std::string& text = "400") {
    tree.write(kFile, text);
    REQUIRE_FALSE(file.hold());
  }
  bool is_changed() {
    bool changed = false;
    REQUIRE_FALSE(file.look(changed));
    return changed;
  }

  BoardTree tree;
  HeldTable table;
  ControlFile file{tree.root() + kFile, table};
};

}  // namespace

TEST_CASE("what reads when a file is held is what will be put back") {
  Held held;
  CHECK(held.file.held().saved == 400);
  REQUIRE_FALSE(held.file.set(100));
  CHECK(held.tree.read(kFile) == "100");
  CHECK_FALSE(held.is_changed());
  CHECK(held.file.held().saved == 400);
  REQUIRE_FALSE(held.file.set(held.file.held().saved));
  CHECK(held.tree.read(kFile) == "400");
}

TEST_CASE("what somebody else wrote is theirs, and is what will be put back") {
  Held held;
  REQUIRE_FALSE(held.file.set(100));
  held.tree.write(kFile, "250");
  CHECK(held.is_changed());
  CHECK(held.file.held().saved == 250);
  CHECK(held.file.held().left == 250);
  CHECK_FALSE(held.is_changed());  // once
}

TEST_CASE("what somebody else wrote is theirs also where it is what we had written") {
  Held held;
  REQUIRE_FALSE(held.file.set(100));
  CHECK_FALSE(held.is_changed());
  held.tree.write(kFile, "100");
  CHECK(held.is_changed());
  CHECK(held.file.held().saved == 100);
  held.tree.write(kFile, "100");
  CHECK_FALSE(held.is_changed());  // theirs already
}

TEST_CASE("in a batch only what others wrote before it and after it is theirs") {
  Held held;
  REQUIRE_FALSE(held.file.set(100));
  held.tree.write(kFile, "100");
  {
    const WriteWatch::Batch batch(held.table.writers());
    const WriteWatch::Batch inner(held.table.writers());
    CHECK(held.is_changed());
    REQUIRE_FALSE(held.file.set(200));
    CHECK_FALSE(held.is_changed());
  }
  close(open((held.tree.root() + kFile).c_str(), O_WRONLY | O_CLOEXEC));
  CHECK_FALSE(held.is_changed());  // what we wrote was not this one's
  held.tree.write(kFile, "200");
  const WriteWatch::Batch batch(held.table.writers());
  CHECK(held.is_changed());
  CHECK(held.file.held().saved == 200);
}

TEST_CASE("who opens a file for writing and leaves it alone has changed nothing") {
  Held held;
  REQUIRE_FALSE(held.file.set(100));
  close(open((held.tree.root() + kFile).c_str(), O_WRONLY | O_CLOEXEC));
  CHECK_FALSE(held.is_changed());
  CHECK(held.file.held().saved == 400);
}

TEST_CASE(
    "what was written before is no news to a process that was forked, nor to one that holds") {
  BoardTree tree;
  tree.write(kFile, "400");
  HeldTable table;
  ControlFile file(tree.root() + kFile, table);
  REQUIRE_FALSE(file.hold());
  REQUIRE_FALSE(file.set(100));
  tree.write(kFile, "100");
  const pid_t child = fork();
  if (child == 0) {
    bool changed = false;
    const bool failed = static_cast<bool>(file.look(changed));
    _exit(failed || changed ? 1 : 0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 0);
  REQUIRE_FALSE(file.hold());
  bool changed = false;
  REQUIRE_FALSE(file.look(changed));
  CHECK_FALSE(changed);
}

TEST_CASE("both numbers of a write under way are ours") {
  for (const char* reads : {"400", "100"}) {
    Held held;
    REQUIRE_FALSE(held.file.write(100));
    if (held.tree.read(kFile) != reads) held.tree.write(kFile, reads);
    CHECK_FALSE(held.is_changed());
    CHECK(held.file.held().saved == 400);
    CHECK(held.file.held().next == held.file.held().left);
  }
  Held held;
  REQUIRE_FALSE(held.file.write(100));
  held.tree.write(kFile, "300");
  CHECK(held.is_changed());
  CHECK(held.file.held().saved == 300);
}

TEST_CASE("a number that was not taken is an error, and what reads instead is known") {
  Held held;
  REQUIRE_FALSE(held.file.write(100));
  held.tree.write(kFile, "200");  // a driver rounds
  const FileError error = held.file.confirm();
  CHECK(error.code == JetsonError::kNotTaken);
  CHECK(held.tree.root() + kFile == error.file);
  CHECK(held.file.held().left == 200);
  CHECK(held.file.held().saved == 400);
}

TEST_CASE("setting what is set already writes nothing") {
  Held held;
  REQUIRE_FALSE(held.file.set(100));
  held.tree.write(kFile, "77");
  CHECK_FALSE(held.file.set(100));
  CHECK(held.tree.read(kFile) == "77");
}

TEST_CASE("the first look at a file finds out what is there") {
  BoardTree tree;
  tree.write(kFile, "123");
  HeldTable table;
  ControlFile file(tree.root() + kFile, table);
  bool changed = true;
  REQUIRE_FALSE(file.look(changed));
  CHECK_FALSE(changed);
  CHECK(file.held().saved == 123);
}

TEST_CASE("a file that is not there or holds no number is named") {
  BoardTree tree;
  HeldTable table;
  ControlFile none(tree.root() + "/none", table);
  const FileError error = none.hold();
  CHECK(error.code == std::errc::no_such_file_or_directory);
  CHECK(tree.root() + "/none" == error.file);
  tree.write(kFile, "<unsupported>");
  ControlFile text(tree.root() + kFile, table);
  CHECK(text.hold().code == JetsonError::kMalformed);
}

TEST_CASE("a new file of the same name is found again only when that is asked for") {
  Held held;
  held.tree.remove(kFile);
  held.tree.write(kFile, "900");
  CHECK_FALSE(held.is_changed());
  held.file.follow_name();
  CHECK(held.is_changed());
  CHECK(held.file.held().saved == 900);
}

TEST_CASE("a process that was forked before sees what was written last") {
  Held held;
  int go[2];
  REQUIRE(pipe(go) == 0);
  const pid_t watcher = fork();
  if (watcher == 0) {
    char byte = 0;
    const bool told = read(go[0], &byte, 1) == 1;
    _exit(told && held.file.held().left == 150 && held.file.held().saved == 400 ? 0 : 1);
  }
  REQUIRE_FALSE(held.file.set(150));
  CHECK(write(go[1], "x", 1) == 1);
  int status = -1;
  waitpid(watcher, &status, 0);
  close(go[0]);
  close(go[1]);
  CHECK(status == 0);
}

TEST_CASE("held values are distinct and keep their place, up to what a board has") {
  HeldTable table;
  HeldValue* const first = &table.add();
  first->saved = 7;
  for (int i = 1; i < 64; ++i) CHECK(&table.add() == first + i);
  CHECK(first->saved == 7);
  CHECK_THROWS_AS(table.add(), std::length_error);
}
