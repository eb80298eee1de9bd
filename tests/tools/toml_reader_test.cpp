#include "tools/toml_reader.h"

#include <doctest/doctest.h>

#include <string>

#include "env/errors.h"
#include "tests/support/error_text.h"

using namespace flyball;

namespace {

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string refusal(const std::string& text) {
  return error_text([&] { TomlTable::parse_text(text, "a.toml"); });
}

TomlTable parse(std::string_view text) { return TomlTable::parse_text(text, "a.toml"); }

}  // namespace

TEST_CASE("values come out typed, and absent ones are absent") {
  const TomlTable table = parse("name = 'x'\ncount = 3\nshare = 0.5\nwhole = 2\non = true\n");
  CHECK(table.required<std::string>("name") == "x");
  CHECK(table.required<int>("count") == 3);
  CHECK(table.required<std::uint64_t>("count") == 3);
  CHECK(table.required<double>("share") == 0.5);
  CHECK(table.required<double>("whole") == 2.0);
  CHECK(table.required<bool>("on"));
  CHECK_FALSE(table.optional<double>("nothing").has_value());
  double kept = 7.0;
  table.read("nothing", kept);
  CHECK(kept == 7.0);
  CHECK_NOTHROW(table.reject_unknown());
}

TEST_CASE("arrays and nested tables are read with their paths") {
  const TomlTable file = parse("[a]\nx = [1, 2.5]\n[[a.b]]\nn = ['u']\n[[a.b]]\n");
  CHECK(file.table("a").required<std::vector<double>>("x") == std::vector<double>{1.0, 2.5});
  const std::vector<TomlTable> entries = file.table("a").tables("b");
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].required<std::vector<std::string>>("n") == std::vector<std::string>{"u"});
  CHECK(error_text([&] { entries[1].required<int>("n"); }) == "a.toml:5:1: a.b[1].n: missing");
  CHECK(file.tables("none").empty());
  CHECK_FALSE(file.optional_table("none").has_value());
}

TEST_CASE("a value as a word of a command line") {
  const TomlTable table = parse("a = 'x y'\nb = true\nc = 3\nd = 0.1\ne = [1, 'u', 2.5]\nf = {}\n");
  CHECK(table.word("a") == "x y");
  CHECK(table.word("b") == "true");
  CHECK(table.word("c") == "3");
  CHECK(table.word("d") == "0.1");
  CHECK(table.word("e") == "1,u,2.5");
  CHECK(error_text([&] { table.word("f"); }).starts_with("a.toml:6:5: f: must be a string"));
}

TEST_CASE("a wrong type is named with its place") {
  const TomlTable table = parse("count = 'two'\nbig = 3000000000\nx = [1, true]\nminus = -1\n");
  CHECK(error_text([&] { table.required<int>("count"); }) ==
        "a.toml:1:9: count: must be a whole number in [-2147483648, 2147483647], is the string "
        "\"two\"");
  CHECK(error_text([&] { table.required<int>("big"); }) ==
        "a.toml:2:7: big: must be a whole number in [-2147483648, 2147483647], is the whole "
        "number 3000000000");
  CHECK(error_text([&] { table.required<std::vector<double>>("x"); }) ==
        "a.toml:3:9: x[1]: must be a finite number, is true");
  CHECK(error_text([&] { table.required<std::vector<double>>("count"); }) ==
        "a.toml:1:9: count: must be an array, is the string \"two\"");
  CHECK(error_text([&] { table.required<std::uint64_t>("minus"); }) ==
        "a.toml:4:9: minus: must be a whole number, 0 or more, is the whole number -1");
  CHECK(error_text([&] { table.table("count"); }) ==
        "a.toml:1:9: count: must be a table, is the string \"two\"");
  CHECK(error_text([&] { table.tables("count"); }) ==
        "a.toml:1:9: count: must be an array of tables ([[count]]), is the string \"two\"");
}

TEST_CASE("a missing table says how it is written") {
  CHECK(error_text([] { parse("").table("gpu"); }) == "a.toml: gpu: missing (a table, [gpu])");
}

TEST_CASE("an unknown key is refused with the nearest known one") {
  const TomlTable table = parse("[gpu]\nfrequencis_hz = [1]\n");
  const TomlTable gpu = table.table("gpu");
  gpu.optional<double>("frequencies_hz");
  gpu.optional<double>("governor");
  CHECK(error_text([&] { table.reject_unknown(); }) ==
        "a.toml:2:1: gpu.frequencis_hz: unknown key; did you mean \"frequencies_hz\"?");
}

TEST_CASE("an unknown key near nothing lists what is allowed") {
  const TomlTable table = parse("colour = 1\n");
  table.optional<double>("period_seconds");
  table.optional<double>("knobs");
  CHECK(error_text([&] { table.reject_unknown(); }) ==
        "a.toml:1:1: colour: unknown key (allowed: knobs, period_seconds)");
}

TEST_CASE("a choice names what is allowed") {
  const TomlTable table = parse("kind = 'cloosed'\n");
  CHECK(error_text([&] {
          table.choice("kind", {"closed_loop", "poisson"});
        }) ==
        "a.toml:1:8: kind: \"cloosed\" is none of the allowed (allowed: closed_loop, poisson)");
}

TEST_CASE("a validator's message gets the place of the value it names") {
  const TomlTable table = parse("[gpu]\nfrequencies_hz = [\n  1.0,\n  0.5,\n]\n");
  const std::invalid_argument error("gpu.frequencies_hz[1]: must be ascending");
  CHECK(error_text([&] { table.fail(error); }) ==
        "a.toml:4:3: gpu.frequencies_hz[1]: must be ascending");
  const std::invalid_argument inner("frequencies_hz[1]: must be ascending");
  CHECK(error_text([&] { table.table("gpu").fail(inner); }) ==
        "a.toml:4:3: gpu.frequencies_hz[1]: must be ascending");
  const std::invalid_argument nowhere("speed: must be there");
  CHECK(error_text([&] { table.table("gpu").fail(nowhere); }) ==
        "a.toml:1:1: gpu.speed: must be there");
}

TEST_CASE("what is not TOML is refused with its place") {
  CHECK(error_text([] { parse("a = 1\nb = = 2\n"); }).starts_with("a.toml:2:5: not valid TOML: "));
  CHECK_THROWS_AS(parse("a = 1\na = 2\n"), ConfigError);
}

TEST_CASE("a file that cannot be read is named") {
  CHECK(error_text([] { TomlTable::parse_file("/nowhere/a.toml"); }) ==
        "/nowhere/a.toml: cannot be read (no such file, a folder, or no permission)");
  CHECK_THROWS_AS(TomlTable::parse_file("/"), ConfigError);
}

TEST_CASE("dotted keys have a bound, wherever they stand") {
  const std::string message = "a key of more than 16 parts, the most allowed";
  CHECK(refusal(repeated("a.", 15) + "a = 1\n") == "no error");
  CHECK(refusal("x = 1\n" + repeated("a.", 16) + "a = 1\n") == "a.toml:2:32: " + message);
  for (const char* begin : {"", "[", "[[", "x = { y = 1, ", "x = [{ "}) {
    CAPTURE(begin);
    CHECK(refusal(begin + repeated("a.", 100000) + "a").ends_with(message));
    CHECK(refusal(begin + repeated("\"a\" . 'b'.", 50000) + "a").ends_with(message));
  }
}

TEST_CASE("arrays and inline tables in one another have a bound") {
  const std::string message = "arrays and inline tables nested more than 16 deep, the most allowed";
  CHECK(refusal("a = " + repeated("[", 16) + repeated("]", 16)) == "no error");
  CHECK(refusal("a = " + repeated("[", 17) + repeated("]", 17)) == "a.toml:1:21: " + message);
  CHECK(refusal("a = " + repeated("[\n", 300000)).ends_with(message));
  CHECK(refusal("a = " + repeated("{ a = ", 300000)).ends_with(message));
}

TEST_CASE("dots and brackets of strings, comments and many short keys do not count") {
  const std::string dots = repeated(".", 100) + repeated("[{", 100);
  CHECK(refusal("a = \"" + dots + "\\\"" + dots + "\"\nb = '" + dots + "' # " + dots) ==
        "no error");
  CHECK(refusal("a = \"\"\"\n" + dots + "\"\n\\\"\"\"" + dots + "\"\"\"\nb = '''" + dots +
                "'''\n# " + dots) == "no error");
  CHECK(refusal("a = [" + repeated("1.5, [2.5], ", 1000) + "]\n") == "no error");
  CHECK(refusal("a = \"" + dots + "\n").find("not valid TOML") != std::string::npos);
}

TEST_CASE("a document has a length, and a message is one short line") {
  CHECK(refusal(repeated(" ", 4 << 20)) == "no error");
  CHECK(refusal(repeated(" ", (4 << 20) + 1)) ==
        "a.toml:1:1: longer than 4194304 bytes, the most allowed");
  const TomlTable table = parse("a = '" + repeated("x", 100000) + "'\n\"k\\n\\u001b[2J\" = 1\n");
  CHECK(error_text([&] { table.required<int>("a"); }).size() < 300);
  const std::string unknown = error_text([&] { table.reject_unknown(); });
  CHECK(unknown.starts_with("a.toml:2:1: k \\u001b[2J: unknown key"));
}

TEST_CASE("numbers are finite") {
  const TomlTable table = parse("a = inf\nb = nan\n");
  CHECK(error_text([&] { table.required<double>("a"); }) ==
        "a.toml:1:5: a: must be a finite number, is the number inf");
  CHECK(error_text([&] { table.required<double>("b"); }) ==
        "a.toml:2:5: b: must be a finite number, is the number nan");
}
