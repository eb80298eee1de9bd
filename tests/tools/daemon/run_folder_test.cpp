#include "tools/daemon/run_folder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "env/jetson/board_lock.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

std::filesystem::path status_path(const TemporaryDirectory& root) {
  return root.path() / "run/flyball/status";
}

}  // namespace

TEST_CASE("a status is read back whole, the last one, however long the one before was") {
  const TemporaryDirectory root;
  CHECK_FALSE(read_status(root.path()));
  StatusFile file(root.path());
  CHECK_FALSE(read_status(root.path()));  // nothing was written yet
  CHECK(file.write(std::string(StatusFile::kMostBytes, 'x')));
  CHECK(file.write("{\"a\": 1}"));
  CHECK(read_status(root.path()) == "{\"a\": 1}");
  CHECK_FALSE(file.write(std::string(StatusFile::kMostBytes + 1, 'x')));
  CHECK(read_status(root.path()) == "{\"a\": 1}");
}

TEST_CASE("half of one status and half of another is none") {
  const TemporaryDirectory root;
  StatusFile file(root.path());
  CHECK(file.write("first"));
  CHECK(file.write("second"));
  std::fstream torn(status_path(root), std::ios::in | std::ios::out);
  torn << "#1\nfirst";
  torn.close();
  CHECK_FALSE(read_status(root.path()));
}

TEST_CASE("a status is no link, and no other kind of file") {
  const TemporaryDirectory root;
  std::filesystem::create_directories(root.path() / "run/flyball");
  std::filesystem::create_symlink(root.path() / "elsewhere", status_path(root));
  CHECK_THROWS_AS(StatusFile(root.path()), std::system_error);
  CHECK_FALSE(std::filesystem::exists(root.path() / "elsewhere"));
  std::filesystem::remove(status_path(root));
  std::filesystem::create_directory(status_path(root));
  CHECK_THROWS_AS(StatusFile(root.path()), std::system_error);
}

TEST_CASE("what is in the way of a status is named, and nothing waits for it") {
  const TemporaryDirectory root;
  std::filesystem::create_directories(root.path() / "run/flyball");
  REQUIRE(mkfifo(status_path(root).c_str(), 0600) == 0);
  for (const std::string& error : {error_text([&] { read_status(root.path()); }),
                                   error_text([&] { StatusFile file(root.path()); })}) {
    CHECK(error.find("run/flyball/status: not a regular file") != std::string::npos);
  }
  const TemporaryFile file("");
  CHECK(error_text([&] { make_state_directory(file.path()); }).find("Not a directory") !=
        std::string::npos);
}

TEST_CASE("a pause is told until when, and is gone when it was taken back") {
  const TemporaryDirectory root;
  std::filesystem::create_directories(root.path() / "run/flyball");
  const std::string path = pause_path(root.path()).string();
  CHECK_FALSE(read_pause(path));
  CHECK_FALSE(remove_pause(root.path()));
  write_pause(root.path(), 123456.75);
  CHECK(read_pause(path) == doctest::Approx(123456.75));
  write_pause(root.path(), 7.5);
  CHECK(read_pause(path) == doctest::Approx(7.5));
  std::ofstream(path) << "soon";
  CHECK_FALSE(read_pause(path));
  CHECK(remove_pause(root.path()));
  CHECK_FALSE(read_pause(path));
}
