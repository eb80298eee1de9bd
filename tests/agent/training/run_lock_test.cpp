#include "agent/training/run_lock.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <system_error>

#include "env/errors.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

TEST_CASE("one at a time has a run's directory, and the others are told who") {
  const TemporaryDirectory directory;
  std::optional<RunLock> first(directory.path());
  CHECK_THROWS_WITH_AS(RunLock{directory.path()},
                       doctest::Contains(fmt::format("{}: process {} writes this run",
                                                     directory.path().string(), getpid())
                                             .c_str()),
                       DataError);
  first.reset();
  CHECK_NOTHROW(RunLock{directory.path()});
}

TEST_CASE("a directory that was taken away and made anew is another") {
  const TemporaryDirectory directory;
  const std::filesystem::path run = directory.path() / "run";
  std::filesystem::create_directory(run);
  const RunLock first(run);
  std::filesystem::remove_all(run);
  std::filesystem::create_directory(run);
  const RunLock second(run);
  CHECK_THROWS_AS(RunLock{run}, DataError);
}

TEST_CASE("a directory that is not there cannot be locked") {
  CHECK_THROWS_AS(RunLock{"/proc/no"}, std::system_error);
}
