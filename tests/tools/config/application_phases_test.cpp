#include "tools/config/application_phases.h"

#include <doctest/doctest.h>

#include "tests/tools/error_text.h"

using namespace flyball;
using doctest::Approx;

namespace {

TomlTable parse(const std::string& text) { return TomlTable::parse_text(text, "w.toml"); }

std::string load_error(const std::string& text) {
  return error_text([&] {
    const TomlTable file = parse(text);
    read_load(file, 1.0);
    read_first_use(file);
    file.reject_unknown();
  });
}

}  // namespace

TEST_CASE("loading and first use are read where they are described") {
  const TomlTable file = parse(
      "[load]\nstorage_seconds = 2\ncpu_cycles = 3e9\nhost = { cpu = 0.5 }\n"
      "[first_use]\nseconds = 4\nwatts = 25\nbuckets = 'listed'\nsizes = [8, 16]\nknown = [1]\n");
  const LoadWork load = read_load(file, 1.25).value();
  CHECK(load.storage_seconds == 2.0);
  CHECK(load.cpu_cycles == 3e9);
  CHECK(load.host.cpu == 0.5);
  CHECK(load.factor == 1.25);
  const FirstUse first_use = read_first_use(file).value();
  CHECK(*first_use.watts == 25.0);
  CHECK(first_use.bucket(9) == 16);
  CHECK(first_use.known == std::vector<std::size_t>{1});
  CHECK_NOTHROW(file.reject_unknown());
  CHECK_FALSE(read_load(parse(""), 1.0));
  CHECK_FALSE(read_first_use(parse("")));
}

TEST_CASE("wrong phases say where and what") {
  CHECK(load_error("[load]\ncpu_cycles = -1\n") ==
        "w.toml:2:14: load.cpu_cycles = -1: must be >= 0");
  CHECK(load_error("[load]\nhost = { cpu = 2 }\n") ==
        "w.toml:2:16: load.host.cpu = 2: must be in [0, 1]");
  CHECK(load_error("[load]\ncpu_cycle = 1\n") ==
        "w.toml:2:1: load.cpu_cycle: unknown key; did you mean \"cpu_cycles\"?");
  CHECK(load_error("[first_use]\nwatts = 3\n") == "w.toml:1:1: first_use.seconds: missing");
  CHECK(load_error("[first_use]\nseconds = 1\nbuckets = 'all'\n") ==
        "w.toml:3:11: first_use.buckets: \"all\" is none of the allowed (allowed: exact, "
        "power_of_two, listed)");
  CHECK(load_error("[first_use]\nseconds = 1\nsizes = [4]\n") ==
        "w.toml:3:9: first_use.sizes: needs buckets = \"listed\"");
  CHECK(load_error("[first_use]\nseconds = 1\nknown = [0]\n") ==
        "w.toml:3:9: first_use.known: must be whole numbers from 1");
}

TEST_CASE("variants multiply, and unknown ones list those that exist") {
  const TomlTable file = parse(
      "[variants.static]\nload = 1.25\nlaunch = 0.5\n[variants.libtorch]\nlaunch = 0.5\nhost = "
      "0.8\n");
  const std::vector<std::string> both = {"static", "libtorch"};
  const WorkFactors factors = read_variants(file, both);
  CHECK(factors.load == 1.25);
  CHECK(factors.launch == 0.25);
  CHECK(factors.host == 0.8);
  CHECK(factors.gpu == 1.0);
  const std::vector<std::string> unknown = {"eager"};
  CHECK(error_text([&] { read_variants(file, unknown); }) ==
        "w.toml: variants: no variant \"eager\" (there are: libtorch, static)");
  CHECK(error_text([&] { read_variants(parse("[variants.a]\ngpu = 0\n"), {}); }) ==
        "w.toml:2:7: variants.a.gpu: must be above 0");
}
