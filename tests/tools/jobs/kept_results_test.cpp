#include "tools/jobs/kept_results.h"

#include <doctest/doctest.h>

#include <fstream>

#include "env/errors.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

// A file with one result of that work.
std::filesystem::path part(const TemporaryDirectory& folder, const std::string& name,
                           const std::string& what, const std::string& commit, double result) {
  const auto path = folder.path() / name;
  KeptResults(path, what, commit).add("job", result);
  return path;
}

}  // namespace

TEST_CASE("a figure comes back to the last bit") {
  const TemporaryDirectory folder;
  const auto path = part(folder, "a", "table", "v1", 0.1 + 0.2);
  CHECK(KeptResults(path, "table", "v1").find("job")->get<double>() == 0.1 + 0.2);
  CHECK(KeptResults(path, "table", "v1").find("another") == nullptr);
}

TEST_CASE("what another program or another work kept is refused") {
  const TemporaryDirectory folder;
  const auto path = part(folder, "a", "table", "v1", 1.0);
  CHECK_THROWS_WITH_AS(
      KeptResults(path, "table", "v2"),
      doctest::Contains("a:1: is the journal of another command (table by flyball v1)"), DataError);
  CHECK_THROWS_AS(KeptResults(path, "another", "v1"), DataError);
}

TEST_CASE("a result that was being written is done again") {
  const TemporaryDirectory folder;
  const auto path = part(folder, "a", "table", "v1", 1.0);
  std::ofstream(path, std::ios::app) << R"({"job":"second","resu)";
  KeptResults(path, "table", "v1").add("second", 2.0);
  CHECK(*KeptResults(path, "table", "v1").find("second") == 2.0);
  std::ofstream(path, std::ios::app) << "nothing\n";
  CHECK_THROWS_WITH_AS(KeptResults(path, "table", "v1"),
                       doctest::Contains("a:4: is no result of a job"), DataError);
}

TEST_CASE("parts are merged where they are of one work and agree") {
  const TemporaryDirectory folder;
  const auto one = part(folder, "a", "table", "v1", 1.0);
  CHECK_NOTHROW(merged_results({one, part(folder, "b", "table", "v1", 1.0)}));
  CHECK_THROWS_WITH_AS(merged_results({one, part(folder, "c", "table", "v1", 2.0)}),
                       doctest::Contains("c:2: job \"job\" has another result than in"), DataError);
  CHECK_THROWS_WITH_AS(merged_results({one, part(folder, "d", "table", "v2", 1.0)}),
                       doctest::Contains("d:1: is of another command or program"), DataError);
  std::ofstream(folder.path() / "e") << "time,watts\n";
  CHECK_THROWS_WITH_AS(merged_results({folder.path() / "e"}), doctest::Contains("is no journal"),
                       DataError);
  std::ofstream(folder.path() / "f") << "";
  CHECK_THROWS_WITH_AS(merged_results({folder.path() / "f"}), doctest::Contains("is empty"),
                       DataError);
}
