#include "env/output_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <thread>

#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void put(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status = {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

std::size_t entries_of(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator entries(folder);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

}  // namespace

TEST_CASE("until it is committed the old file stays, and afterwards nothing else is left") {
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory.path() / "out";
  put(path, "old");
  {
    OutputFile given_up(path);
    given_up.write("new");
  }
  CHECK(contents(path) == "old");
  OutputFile output(path);
  output.write("ne");
  output.write("w");
  CHECK(contents(path) == "old");
  output.commit();
  CHECK(contents(path) == "new");
  output.write(", and more");
  CHECK(contents(path) == "new, and more");
  CHECK(entries_of(directory.path()) == 1);
}

TEST_CASE("a replaced file keeps its mode, a new one has the mode asked for less the umask") {
  const TemporaryDirectory directory;
  const mode_t before = umask(027);
  put(directory.path() / "old", "x");
  chmod((directory.path() / "old").c_str(), 0604);
  write_output(directory.path() / "old", "y");
  write_output(directory.path() / "new", "y");
  umask(before);
  CHECK(mode_of(directory.path() / "old") == 0604);
  CHECK(mode_of(directory.path() / "new") == 0640);
}

TEST_CASE("a symbolic link is followed, also to a file that is not there yet") {
  const TemporaryDirectory directory;
  const std::filesystem::path there = directory.path() / "there";
  std::filesystem::create_directory(there);
  std::filesystem::create_symlink("there/target", directory.path() / "link");
  std::filesystem::create_symlink("link", directory.path() / "second");
  for (const std::string text : {"one", "two"}) {
    write_output(directory.path() / "second", text);
    CHECK(contents(there / "target") == text);
  }
  CHECK(std::filesystem::is_symlink(directory.path() / "second"));
  CHECK(std::filesystem::is_symlink(directory.path() / "link"));
}

TEST_CASE("a FIFO is written through and stays one") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() / "fifo";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  CHECK(is_written_through(path));
  std::string got;
  std::thread reader([&] { got = contents(path); });
  {
    OutputFile output(path);
    put(output.scratch(), "by a library");  // as HDF5 writes
    output.commit();
  }
  reader.join();
  CHECK(got == "by a library");
  CHECK(std::filesystem::is_fifo(path));
}

TEST_CASE("a program that nobody attends to follows no link and waits for no reader") {
  const TemporaryDirectory directory;
  const auto open_unattended = [](const std::filesystem::path& path) {
    return std::make_unique<OutputFile>(path, 0666, OutputUse::kUnattended);
  };
  const std::filesystem::path link = directory.path() / "link";
  std::filesystem::create_symlink(directory.path() / "there", link);
  CHECK_THROWS_AS(open_unattended(link), std::system_error);
  const std::string fifo = directory.path() / "fifo";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  CHECK_THROWS_AS(open_unattended(fifo), std::system_error);
  const int reader = open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  const auto output = open_unattended(fifo);
  output->write("taken");
  CHECK_THROWS_AS(output->write(std::string(1 << 20, 'x')), std::system_error);
  close(reader);
}

TEST_CASE("a device is written through, and a full one is an error that names it") {
  struct stat before = {};
  struct stat after = {};
  REQUIRE(stat("/dev/null", &before) == 0);
  write_output("/dev/null", "x");
  REQUIRE(stat("/dev/null", &after) == 0);
  CHECK(before.st_ino == after.st_ino);
  CHECK_THROWS_WITH_AS(write_output("/dev/full", "x"),
                       "/dev/full: cannot be written: No space left on device", std::system_error);
}

TEST_CASE("an open descriptor is written by its number") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() / "out";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(file >= 0);
  write_output("/dev/fd/" + std::to_string(file), "one ");
  write_output("/proc/self/fd/" + std::to_string(file), "two");
  close(file);
  CHECK(contents(path) == "one two");
  CHECK(is_standard_output("-"));
  CHECK(is_standard_output("/dev/stdout"));
  CHECK_FALSE(is_standard_output(path));
  CHECK_THROWS_AS(write_output("/dev/fd/900", "x"), std::system_error);
}

TEST_CASE("a path that cannot be written is told at once and by name") {
  const TemporaryDirectory directory;
  const std::filesystem::path missing = directory.path() / "no" / "out";
  CHECK_THROWS_WITH_AS(
      require_writable(missing),
      (missing.string() + ": cannot be written: No such file or directory").c_str(),
      std::system_error);
  CHECK_THROWS_AS(OutputFile{missing}, std::system_error);
  CHECK_THROWS_AS(require_writable(directory.path()), std::system_error);
  CHECK_NOTHROW(require_writable(directory.path() / "out"));
  CHECK_NOTHROW(require_writable("/dev/full"));
  CHECK(entries_of(directory.path()) == 0);
}

TEST_CASE("a link that somebody put where the unfinished file goes is not followed") {
  const TemporaryDirectory directory;
  put(directory.path() / "victim", "theirs");
  const std::string name = "out.new-" + std::to_string(getpid()) + "-0";
  std::filesystem::create_symlink("victim", directory.path() / name);
  write_output(directory.path() / "out", "ours");
  CHECK(contents(directory.path() / "victim") == "theirs");
  CHECK(contents(directory.path() / "out") == "ours");
}

TEST_CASE("a link that leads to itself is refused, and stays") {
  const TemporaryDirectory directory;
  const std::filesystem::path loop = directory.path() / "loop";
  std::filesystem::create_symlink("loop", loop);
  CHECK_THROWS_AS(OutputFile{loop}, std::system_error);
  CHECK(std::filesystem::is_symlink(loop));
}
