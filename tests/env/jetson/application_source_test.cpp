#include "env/jetson/application_source.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <stdexcept>

#include "env/jetson/jetson_error.h"
#include "tests/env/jetson/link/link_bench.h"
#include "tests/support/board_tree.h"

using namespace flyball;

namespace {

constexpr double kAlways = 1e9;  // the tree's stamp stands still

LinkPointer open_link(const BoardTree& tree, const std::vector<std::uint32_t>& sizes = {}) {
  return open_link_in(tree.root() + kApplication, 0.0, sizes);
}

}  // namespace

TEST_CASE("a link goes before files, and files before nothing") {
  BoardTree tree;
  tree.add_board();
  const ApplicationSource none(tree.root(), kAlways);
  CHECK(none.way() == ApplicationWay::kNone);
  CHECK(none.file() == "");
  CHECK(describe(none.way(), none.file()) == "no application reports its requests");
  tree.add_application();
  ApplicationSource files(tree.root(), kAlways);
  CHECK(files.way() == ApplicationWay::kFiles);
  CHECK(files.file() == tree.root() + kApplication + "/telemetry");
  CHECK(files.batch_levels() == std::vector<double>{1, 2, 4, 8});
  const LinkPointer link = open_link(tree, {3, 6});
  ApplicationSource source(tree.root(), kAlways);
  CHECK(source.way() == ApplicationWay::kLink);
  CHECK(describe(source.way(), source.file()) ==
        "requests are reported by the link " + tree.root() + kApplication + "/link");
  CHECK(source.batch_levels() == std::vector<double>{3, 6});
}

TEST_CASE("the figures come by the link while its program lives, and by the files otherwise") {
  BoardTree tree;
  tree.add_application();
  ApplicationSource source(tree.root(), kAlways);
  Stamped<ApplicationTelemetry> telemetry;
  REQUIRE_FALSE(source.read(steady_now(), telemetry));
  CHECK(telemetry->arrived == 40);
  LinkPointer link = open_link(tree);
  flyball_begin(link.get(), 0);
  REQUIRE_FALSE(source.read(steady_now(), telemetry));
  CHECK(telemetry->arrived == 1);
  link.reset();
  REQUIRE_FALSE(source.read(steady_now(), telemetry));
  CHECK(telemetry->arrived == 40);
}

TEST_CASE("of a program that ended and left no files it is said that it ended") {
  BoardTree tree;
  std::filesystem::create_directories(tree.root() + kApplication);
  LinkPointer link = open_link(tree);
  ApplicationSource source(tree.root(), kAlways);
  Stamped<ApplicationTelemetry> telemetry;
  link.reset();
  const FileError error = source.read(steady_now(), telemetry);
  CHECK(error.code == JetsonError::kEnded);
  CHECK(std::string(error.file) == source.file());
  std::filesystem::remove(source.file());
  CHECK(source.read(steady_now(), telemetry).code == std::errc::no_such_file_or_directory);
}

TEST_CASE("a broken link is told and not covered up by files") {
  BoardTree tree;
  tree.add_application();
  const LinkPointer link = open_link(tree);
  std::filesystem::resize_file(tree.root() + kApplication + "/link", 100);
  ApplicationSource source(tree.root(), kAlways);
  Stamped<ApplicationTelemetry> telemetry;
  CHECK(source.read(steady_now(), telemetry).code == JetsonError::kMalformed);
  CHECK_FALSE(telemetry);
  CHECK_THROWS_WITH_AS(source.batch_levels(), doctest::Contains("/link: "), std::runtime_error);
}
