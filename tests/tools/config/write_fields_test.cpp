#include "tools/config/write_fields.h"

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tools/config/read_fields.h"

namespace flyball {

namespace {

enum class Kind { kPlain, kFancy };
constexpr auto words(Kind) {
  return std::array{Word{"plain", Kind::kPlain}, Word{"fancy", Kind::kFancy}};
}

struct Inner {
  double watts = 1.5;
  std::optional<double> floor;
};
template <typename Visitor, FieldsOf<Inner> Config>
void visit(Visitor& field, Config& inner) {
  field({"watts", "W", any_number(), "a number"}, inner.watts);
  field({"floor", "W", any_number(), "perhaps a number"}, inner.floor);
}

struct Outer {
  Kind kind = Kind::kPlain;
  std::uint64_t count = 3;
  std::vector<double> values;
  std::optional<std::vector<double>> more;
  Inner inner;
  Inner needed;
  std::optional<Inner> perhaps;
  std::vector<Inner> entries;
  bool is_on = false;
};
template <typename Visitor, FieldsOf<Outer> Config>
void visit(Visitor& field, Config& outer) {
  field({"kind", "", {}, "a word"}, outer.kind);
  field({"inner", "", {}, "a table"}, outer.inner);
  field({"needed", "", {}, "a table that has to be there", Need::kRequired}, outer.needed);
  field({"perhaps", "", {}, "a table that may be there"}, outer.perhaps);
  field({"entries", "", {}, "tables"}, outer.entries);
  field({"count", "", any_number(), "a whole number"}, outer.count);
  field({"values", "", any_number(), "numbers"}, outer.values);
  field({"more", "", any_number(), "numbers, perhaps"}, outer.more);
  field({"is_on", "", {}, "yes or no"}, outer.is_on);
}

std::string text_of(const Outer& outer) {
  FieldsToToml fields("o");
  visit(fields, outer);
  return fields.text();
}

Outer read_back(const Outer& outer) {
  const TomlTable file = TomlTable::parse_text("[o]\n" + text_of(outer), "o.toml");
  auto read = read_fields<Outer>(file.table("o"));
  file.reject_unknown();
  return read;
}

}  // namespace

}  // namespace flyball

using namespace flyball;

TEST_CASE("a number that is no whole one in the struct is none in the file") {
  CHECK(toml_text(2.0) == "2.0");
  CHECK(toml_text(-0.0) == "-0.0");
  CHECK(toml_text(0.1) == "0.1");
  CHECK(toml_text(1e9) == "1000000000.0");
  CHECK(toml_text(1e300) == "1e+300");
  CHECK(toml_text(std::uint64_t{2}) == "2");
  CHECK(toml_text(-3) == "-3");
  CHECK(toml_text(true) == "true");
  CHECK(toml_text(Kind::kFancy) == "\"fancy\"");
}

TEST_CASE("a list is a line, a long one has six numbers a line") {
  CHECK(toml_text(std::vector<double>{}) == "[ ]");
  CHECK(toml_text(std::vector<double>{1.0, 2.5}) == "[ 1.0, 2.5, ]");
  CHECK(toml_text(std::vector<int>{1, 2, 3, 4, 5, 6}) == "[ 1, 2, 3, 4, 5, 6, ]");
  CHECK(toml_text(std::vector<int>{1, 2, 3, 4, 5, 6, 7}) == "[\n  1, 2, 3, 4, 5, 6,\n  7,\n]");
}

TEST_CASE("keys come before tables, and what is absent or says nothing but defaults is left out") {
  CHECK(text_of(Outer{}) ==
        "kind = \"plain\"\ncount = 3\nvalues = [ ]\nis_on = false\n"
        "\n[o.needed]\nwatts = 1.5\n");
  Outer outer;
  outer.inner.floor = 0.5;
  outer.perhaps = Inner{2.0, 1.0};
  outer.entries = {Inner{}, Inner{3.0, std::nullopt}};
  outer.more = std::vector<double>{1.0};
  CHECK(text_of(outer) ==
        "kind = \"plain\"\ncount = 3\nvalues = [ ]\nmore = [ 1.0, ]\nis_on = false\n"
        "\n[o.inner]\nwatts = 1.5\nfloor = 0.5\n"
        "\n[o.needed]\nwatts = 1.5\n"
        "\n[o.perhaps]\nwatts = 2.0\nfloor = 1.0\n"
        "\n[[o.entries]]\nwatts = 1.5\n"
        "\n[[o.entries]]\nwatts = 3.0\n");
}

TEST_CASE("what is read back is what was written, defaults and absent values too") {
  Outer outer;
  outer.kind = Kind::kFancy;
  outer.count = 1'000'000'007;
  outer.is_on = true;
  outer.values = {1.0, 2.0};
  outer.inner.floor = -1.0;
  outer.entries = {Inner{0.0, std::nullopt}, Inner{7.0, 8.0}};
  const Outer read = read_back(outer);
  CHECK(read.kind == Kind::kFancy);
  CHECK(read.count == outer.count);
  CHECK(read.is_on);
  CHECK(read.values == outer.values);
  CHECK_FALSE(read.more.has_value());
  CHECK(read.inner.floor == -1.0);
  REQUIRE(read.entries.size() == 2);
  CHECK(read.entries[0].watts == 0.0);
  CHECK_FALSE(read.entries[0].floor.has_value());
  CHECK(read.entries[1].floor == 8.0);
}

TEST_CASE("doubles come back bit for bit") {
  Outer outer;
  outer.values = {-0.0,
                  1.0 / 3.0,
                  std::numeric_limits<double>::max(),
                  std::numeric_limits<double>::min(),
                  std::numeric_limits<double>::denorm_min(),
                  std::nextafter(1.0, 2.0)};
  std::mt19937_64 random(3);
  while (outer.values.size() < 1000) {
    const auto value = std::bit_cast<double>(random());
    if (std::isfinite(value)) outer.values.push_back(value);
  }
  const Outer read = read_back(outer);
  REQUIRE(read.values.size() == outer.values.size());
  std::size_t different = 0;
  for (std::size_t i = 0; i < outer.values.size(); ++i) {
    different += std::bit_cast<std::uint64_t>(read.values[i]) !=
                 std::bit_cast<std::uint64_t>(outer.values[i]);
  }
  CHECK(different == 0);
}
