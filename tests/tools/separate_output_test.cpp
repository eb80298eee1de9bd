#include "tools/separate_output.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.h"
#include "tools/program.h"

using namespace flyball;

TEST_CASE("what a command reads is not written over, by whatever name") {
  const TemporaryDirectory directory;
  const auto at = [&](const char* name) { return (directory.path() / name).string(); };
  std::ofstream(at("log.csv")) << "data\n";
  std::filesystem::create_symlink(at("log.csv"), at("link.csv"));
  CHECK_THROWS_AS(require_separate(at("log.csv"), {"", at("log.csv")}), UsageError);
  CHECK_THROWS_AS(require_separate(at("link.csv"), {at("log.csv")}), UsageError);
  CHECK_NOTHROW(require_separate(at("other.csv"), {at("log.csv")}));
  CHECK_NOTHROW(require_separate("/dev/null", {"/dev/null"}));
  for (const char* pattern : {"*.csv", "l?g.csv", "[kl]og.csv"}) {
    CHECK_THROWS_WITH_AS(require_separate(at("log.csv"), {at("none"), at(pattern)}),
                         doctest::Contains(pattern), UsageError);
  }
  CHECK_NOTHROW(require_separate(at("log.csv"), {at("*.hdf5")}));
}
