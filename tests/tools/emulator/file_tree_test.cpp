#include "tools/emulator/file_tree.h"

#include <doctest/doctest.h>

#include <cerrno>

using namespace flyball;

TEST_CASE("numbers are parsed as the kernel does") {
  long long number = 0;
  CHECK(parse_kernel_number("42\n", number) == 0);
  CHECK(number == 42);
  CHECK(parse_kernel_number("-7", number) == 0);
  CHECK(parse_kernel_number("", number) == EINVAL);
  CHECK(parse_kernel_number("42 ", number) == EINVAL);
  CHECK(parse_kernel_number("4x", number) == EINVAL);
  CHECK(parse_kernel_number("99999999999999999999", number) == ERANGE);
}

TEST_CASE("a file refuses what it has no function for") {
  FileTree tree;
  long long value = 1;
  const auto set = [&value](long long number) {
    value = number;
    return number > 9 ? EINVAL : 0;
  };
  tree.add_file("/a/b/value", number_file([&value] { return value; }, set));
  tree.add_file("/a/name", constant("tree"));
  std::string text;
  CHECK(tree.write("/a/name", "other") == EACCES);
  CHECK(tree.mode("/a/name") == 0444);
  CHECK(tree.mode("/a/b/value") == 0644);
  CHECK(tree.write("/a/b/value", "5\n") == 0);
  CHECK(tree.read("/a/b/value", text) == 0);
  CHECK(text == "5\n");
  CHECK(tree.write("/a/b/value", "10") == EINVAL);
  CHECK(tree.read("/a/c", text) == ENOENT);
  CHECK(tree.read("/a/b", text) == EISDIR);
  CHECK(tree.list("/a") == std::vector<std::string>{"b", "name"});
  CHECK(tree.list("/") == std::vector<std::string>{"a"});
}

TEST_CASE("links are relative, so that they hold wherever the tree is mounted") {
  FileTree tree;
  tree.add_link("/sys/class/devfreq/gpu", "/sys/devices/gpu/devfreq/gpu");
  std::string target;
  CHECK(tree.read_link("/sys/class/devfreq/gpu", target) == 0);
  CHECK(target == "../../devices/gpu/devfreq/gpu");
}

TEST_CASE("ordinary files live in a scratch directory only") {
  FileTree tree;
  tree.add_scratch_directory("/run/flyball");
  tree.add_file("/run/flyball/application/telemetry", constant("x"));
  std::string text;
  CHECK(tree.create("/run/other", 0600) == EPERM);
  REQUIRE(tree.create("/run/flyball/new", 0600) == 0);
  CHECK(tree.create("/run/flyball/new", 0600) == EEXIST);
  CHECK(tree.write_at("/run/flyball/new", 0, "hello") == 0);
  CHECK(tree.write_at("/run/flyball/new", 5, " you") == 0);
  CHECK(tree.rename("/run/flyball/new", "/run/flyball/kept", FileTree::Existing::kKeep) == 0);
  CHECK(tree.read("/run/flyball/kept", text) == 0);
  CHECK(text == "hello you");
  REQUIRE(tree.create("/run/flyball/new", 0600) == 0);
  CHECK(tree.rename("/run/flyball/new", "/run/flyball/kept", FileTree::Existing::kKeep) == EEXIST);
  CHECK(tree.truncate("/run/flyball/kept", 2) == 0);
  CHECK(tree.change_mode("/run/flyball/kept", 0644) == 0);
  CHECK(tree.mode("/run/flyball/kept") == 0644);
  CHECK(tree.change_mode("/run/flyball/application/telemetry", 0644) == EPERM);
  CHECK(tree.remove("/run/flyball/kept") == 0);
  CHECK(tree.remove("/run/flyball/application/telemetry") == EPERM);
  CHECK(tree.list("/run/flyball") == std::vector<std::string>{"application", "new"});
}
