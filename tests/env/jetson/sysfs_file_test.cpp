#include "env/jetson/sysfs_file.h"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>

#include "env/jetson/frequency_limits.h"
#include "env/jetson/jetson_error.h"
#include "tests/env/jetson/board_tree.h"

using namespace flyball;

TEST_CASE("a value is read anew each time, without blanks and newline") {
  BoardTree tree;
  tree.write("/a", "1 2 ");
  SysfsFile file(tree.root() + "/a");
  std::array<char, 16> buffer;
  std::string_view text;
  REQUIRE_FALSE(file.read(buffer, text));
  CHECK(text == "1 2");
  tree.write("/a", "7");
  long long number = 0;
  REQUIRE_FALSE(file.read(number));
  CHECK(number == 7);
}

TEST_CASE("what is not a number is malformed and what is not there has the kernel's error") {
  BoardTree tree;
  tree.write("/a", "<unsupported>");
  long long number = 0;
  CHECK(SysfsFile(tree.root() + "/a").read(number) == JetsonError::kMalformed);
  CHECK(SysfsFile(tree.root() + "/b").read(number) == std::errc::no_such_file_or_directory);
  CHECK(SysfsFile(tree.root() + "/b").write(1) == std::errc::no_such_file_or_directory);
}

TEST_CASE("a shorter value leaves nothing of a longer one") {
  BoardTree tree;
  tree.write("/a", "123456");
  SysfsFile file(tree.root() + "/a");
  REQUIRE_FALSE(file.write_checked(78));
  CHECK(tree.read("/a") == "78");
}

TEST_CASE("limits are hertz outside and the file's unit inside") {
  BoardTree tree;
  tree.write("/min", "100000");
  tree.write("/max", "400000");
  FrequencyLimits limits(tree.root() + "/min", tree.root() + "/max", 1e3);
  FrequencyRange range;
  REQUIRE_FALSE(limits.read(range));
  CHECK(range == FrequencyRange{1e8, 4e8});
  REQUIRE_FALSE(limits.set({2e8, 2e8}));
  CHECK(tree.read("/min") == "200000");
  CHECK(tree.read("/max") == "200000");
  const BackupRecord saved = limits.save(tree.root());
  CHECK(saved.path == "min");
  CHECK(saved.max_path == "max");
  CHECK(saved.value == 200000);
}

TEST_CASE("a minimum above the maximum means the maximum") {
  BoardTree tree;
  tree.write("/min", "300");
  tree.write("/max", "200");
  FrequencyLimits limits(tree.root() + "/min", tree.root() + "/max", 1.0);
  FrequencyRange range;
  REQUIRE_FALSE(limits.read(range));
  CHECK(range == FrequencyRange{200.0, 200.0});
}

TEST_CASE("numbers in a list end at the first other word") {
  CHECK(parse_numbers("204000 665600 2133000 (kHz)") ==
        std::vector<double>{204000, 665600, 2133000});
  CHECK(parse_numbers("") == std::vector<double>{});
}
