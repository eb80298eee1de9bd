#include "tools/config/twin_standing.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>

#include "tests/support/error_text.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

// A folder of scenarios and of workloads; what a workload costs is none of this test's business.
struct Folder {
  std::string add(const std::string& name, const std::string& text) const {
    const std::string file = directory.path() / name;
    std::ofstream(file) << text;
    return file;
  }
  std::string add_twin(const std::string& name, double margin, bool replays) const {
    return add(name, fmt::format("model = 'fitted'\n[twin]\nlatency_margin = {}\nreplays = {}\n",
                                 margin, replays));
  }
  TemporaryDirectory directory;
};

}  // namespace

TEST_CASE("a scenario is as trustworthy as the strictest twin behind it") {
  const Folder folder;
  folder.add_twin("a.toml", 0.9, true);
  folder.add_twin("b.toml", 0.7, false);
  const std::string one = folder.add("one.toml", "board = 'x'\nworkload = 'a.toml'\n");
  const std::string mix = folder.add(
      "mix.toml", "board = 'x'\n[[mix]]\nworkload = 'a.toml'\n[[mix]]\nworkload = 'b.toml'\n");
  CHECK(latency_margin(one) == 0.9);
  CHECK(latency_margin(mix) == 0.7);
  REQUIRE(twins_behind(mix).size() == 2);
  CHECK(twins_behind(mix)[0].standing.replays);
  CHECK_FALSE(twins_behind(mix)[1].standing.replays);
  CHECK(twins_behind(mix)[1].file.filename() == "b.toml");
}

TEST_CASE("a scenario of shipped workloads has no twin behind it, and asks for no margin") {
  CHECK(twins_behind("quickstart").empty());
  CHECK(twins_behind("mix-xavier-nx").empty());
  CHECK(latency_margin("quickstart") == 1.0);
}

TEST_CASE("a workload in a scenario's place is told from one, with the way on") {
  const Folder folder;
  const std::string twin = folder.add_twin("twin.toml", 0.9, true);
  const std::string error = error_text([&] { twins_behind(twin); });
  CHECK(error.find("this is a workload, and a scenario is needed") != std::string::npos);
  CHECK(error.find("workload = \"twin.toml\"") != std::string::npos);
}

TEST_CASE("a margin beyond the limit is refused with its place") {
  const Folder folder;
  folder.add_twin("a.toml", 1.5, true);
  const std::string one = folder.add("one.toml", "board = 'x'\nworkload = 'a.toml'\n");
  CHECK(error_text([&] { twins_behind(one); }).find("latency_margin") != std::string::npos);
}
