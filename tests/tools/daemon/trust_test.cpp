#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/skip.h"
#include "tests/tools/daemon/daemon_bench.h"
#include "tools/config/config_directory.h"

using namespace flyball;

namespace {

constexpr uid_t kNobody = 65534;

std::filesystem::path copy_of_board(const Bench& bench) {
  const std::filesystem::path copy = bench.policy().parent_path() / "board.toml";
  std::filesystem::copy_file(find_config("boards", "nano-4gb"), copy);
  chmod(copy.c_str(), 0644);
  return copy;
}

}  // namespace

TEST_CASE("root takes a board's file only where nobody else can write it") {
  if (geteuid() != 0) return skip_test("needs root");
  const Bench bench;
  const std::filesystem::path board = copy_of_board(bench);
  const std::vector<std::string> arguments = {"--for", "0.2", "--board", board.string()};
  CHECK(bench.start("run", arguments).wait() == 0);
  chmod(board.c_str(), 0666);
  CHECK(bench.start("run", arguments).wait() == 3);
  CHECK(bench.says("board.toml: mode 666: writable by group or others"));
  chmod(board.c_str(), 0644);
  REQUIRE(chown(board.c_str(), kNobody, kNobody) == 0);
  CHECK(bench.start("run", arguments).wait() == 3);
  CHECK(bench.says("board.toml: owned by user 65534"));
  std::filesystem::remove(board);
  std::filesystem::create_symlink(find_config("boards", "nano-4gb"), board);
  CHECK(bench.start("run", arguments).wait() == 3);
  CHECK(bench.says("board.toml: a symbolic link"));
  CHECK(bench.is_as_before());
}

TEST_CASE("root takes no board's file that leads to another one") {
  if (geteuid() != 0) return skip_test("needs root");
  const Bench bench;
  const std::filesystem::path board = copy_of_board(bench);
  const std::filesystem::path upper = board.parent_path() / "upper.toml";
  std::ofstream(upper) << "extends = \"board.toml\"\n";
  CHECK(bench.start("run", {"--for", "0.2", "--board", upper.string()}).wait() == 3);
  CHECK(bench.says("upper.toml: extends another file"));
}

TEST_CASE("a state directory that others may write is refused before anything is written") {
  const Bench bench;
  const std::filesystem::path state = bench.policy().parent_path() / "state";
  std::filesystem::create_directory(state);
  chmod(state.c_str(), 0777);
  CHECK(bench.start("run", {"--for", "0.2", "--state", state.string()}).wait() == 4);
  CHECK(bench.says("owned or writable by somebody else"));
  CHECK(bench.is_as_before());
  chmod(state.c_str(), 0755);
  CHECK(bench.start("run", {"--for", "0.2", "--state", state.string()}).wait() == 0);
}

TEST_CASE("a log is not written through a symbolic link") {
  const Bench bench;
  const std::filesystem::path victim = bench.policy().parent_path() / "victim";
  std::ofstream(victim) << "of somebody else\n";
  std::filesystem::create_symlink(victim, bench.log_path());
  CHECK(bench.start("run", {"--for", "0.2", "--log", bench.log_path()}).wait() == 3);
  CHECK(bench.says("log.csv: a symbolic link"));
  std::string text;
  std::ifstream in(victim);
  std::getline(in, text);
  CHECK(text == "of somebody else");
  CHECK(bench.is_as_before());
}
