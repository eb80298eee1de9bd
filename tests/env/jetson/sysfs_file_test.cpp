#include "env/jetson/sysfs_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "env/jetson/jetson_error.h"
#include "tests/support/board_tree.h"

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

TEST_CASE("a link, a FIFO and a directory are no files of the board") {
  BoardTree tree;
  tree.write("/a", "1");
  std::filesystem::create_symlink(tree.root() + "/a", tree.root() + "/link");
  std::filesystem::create_directory(tree.root() + "/directory");
  REQUIRE(mkfifo((tree.root() + "/fifo").c_str(), 0600) == 0);
  long long number = 0;
  CHECK(SysfsFile(tree.root() + "/link").read(number) == std::errc::too_many_symbolic_link_levels);
  CHECK(SysfsFile(tree.root() + "/directory").read(number) == JetsonError::kNotRegular);
  CHECK(SysfsFile(tree.root() + "/fifo").read(number) == JetsonError::kNotRegular);
}

TEST_CASE("an application's file with a second name is not written") {
  BoardTree tree;
  tree.write("/app/batch", "1");
  SysfsFile own(tree.root() + "/app/batch", FileOwner::kApplication);
  REQUIRE_FALSE(own.write(2));
  std::filesystem::create_hard_link(tree.root() + "/app/batch", tree.root() + "/app/other");
  SysfsFile linked(tree.root() + "/app/other", FileOwner::kApplication);
  CHECK(linked.write(3) == JetsonError::kNotOwned);
  CHECK(tree.read("/app/batch") == "2");
}

TEST_CASE("numbers in a list end at the first other word") {
  CHECK(parse_numbers("204000 665600 2133000 (kHz)") ==
        std::vector<double>{204000, 665600, 2133000});
  CHECK(parse_numbers("") == std::vector<double>{});
}
