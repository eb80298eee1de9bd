#include "tools/toml_layers.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "env/errors.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_directory.h"
#include "tools/toml_limits.h"
#include "tools/toml_reader.h"

using namespace flyball;

namespace {

struct Folder {
  TemporaryDirectory directory;

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::filesystem::path path = directory.path() / name;
    std::ofstream(path) << text;
    return path;
  }
};

TomlTable with(const std::string& text, const std::vector<std::string>& assignments) {
  return TomlTable::parse_text(text, "a.toml", assignments);
}

}  // namespace

TEST_CASE("a file that extends another holds what differs") {
  const Folder folder;
  folder.write("root.toml", "deep = 1\n[t]\na = 1\nb = 2\n");
  folder.write("base.toml",
               "extends = 'root.toml'\nx = 1\ny = [1, 2]\n[[s]]\np = 1\nq = 2\n[[s]]\np = 9\n");
  const TomlTable file = TomlTable::parse_file(
      folder.write("a.toml", "extends = 'base.toml'\ny = [3]\n[t]\nb = 3\n[[s]]\np = 5\n"));
  CHECK(file.required<int>("deep") == 1);
  CHECK(file.required<int>("x") == 1);
  CHECK(file.required<std::vector<int>>("y") == std::vector<int>{3});
  CHECK(file.table("t").required<int>("a") == 1);
  CHECK(file.table("t").required<int>("b") == 3);
  const auto entries = file.tables("s");
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].required<int>("p") == 5);
  CHECK(entries[0].required<int>("q") == 2);
  CHECK(entries[1].required<int>("p") == 9);
  CHECK_NOTHROW(file.reject_unknown());
  const TomlTable again = TomlTable::parse_text(file.text(), "merged.toml");
  CHECK(again.tables("s")[0].required<int>("q") == 2);
  CHECK(again.table("t").required<int>("b") == 3);
}

TEST_CASE("errors name the file in which the value stands") {
  const Folder folder;
  const auto base = folder.write("base.toml", "\n[t]\na = 'one'\nodd = 1\n");
  const auto path = folder.write("a.toml", "extends = 'base.toml'\nb = 'two'\n");
  const TomlTable file = TomlTable::parse_file(path);
  CHECK(error_text([&] { file.table("t").required<bool>("a"); }) ==
        base.string() + ":3:5: t.a: must be true or false, is the string \"one\"");
  CHECK(error_text([&] { file.required<bool>("b"); }) ==
        path.string() + ":2:5: b: must be true or false, is the string \"two\"");
  CHECK(error_text([&] { file.reject_unknown(); }).starts_with(base.string() + ":4:1: t.odd: "));
  CHECK(file.table("t").folder("a") == base.parent_path());
}

TEST_CASE("a circle of files and a base that is not there are refused where they are named") {
  const Folder folder;
  const auto a = folder.write("a.toml", "extends = 'b.toml'\n");
  const auto b = folder.write("b.toml", "extends = 'a.toml'\n");
  CHECK(error_text([&] { TomlTable::parse_file(a); }).starts_with(b.string() + ":1:11: extends: "));
  const auto self = folder.write("self.toml", "x = 1\nextends = 'self.toml'\n");
  CHECK(error_text([&] {
          TomlTable::parse_file(self);
        }).starts_with(self.string() + ":2:11: extends: "));
  const auto lost = folder.write("lost.toml", "extends = 'none.toml'\n");
  CHECK(error_text([&] {
          TomlTable::parse_file(lost);
        }).starts_with(lost.string() + ":1:11: extends: "));
  const auto wrong = folder.write("wrong.toml", "extends = 3\n");
  CHECK(error_text([&] { TomlTable::parse_file(wrong); }) ==
        wrong.string() + ":1:11: extends: must be a file's name, is the whole number 3");
}

TEST_CASE("keys are set over what a file says, in tables, entries and anew") {
  const TomlTable file = with("a = 1\n[t]\nb = 2\n[[s]]\nc = 3\n",
                              {"a=5", "t.b=6", "s[0].c=7", "s[1].c=8", "u.v.w=[1, 2]",
                               "t.word=two words", "t.quoted=\"3\""});
  CHECK(file.required<int>("a") == 5);
  CHECK(file.table("t").required<int>("b") == 6);
  CHECK(file.tables("s")[0].required<int>("c") == 7);
  CHECK(file.tables("s")[1].required<int>("c") == 8);
  CHECK(file.table("u").table("v").required<std::vector<int>>("w") == std::vector<int>{1, 2});
  CHECK(file.table("t").required<std::string>("word") == "two words");
  CHECK(file.table("t").required<std::string>("quoted") == "3");
  CHECK_NOTHROW(file.reject_unknown());
  CHECK(TomlTable::parse_text(file.text(), "b.toml").table("t").required<int>("b") == 6);
}

TEST_CASE("a key that cannot be set says which, and what it would be") {
  CHECK(error_text([] { with("a = 1\n", {"a=x"}).required<int>("a"); }) ==
        "--set a=x: a: must be a whole number in [-2147483648, 2147483647], is the string \"x\"");
  const TomlTable file = with("[t]\nhidden = 1\n", {"t.hiden=2"});
  CHECK(file.table("t").required<int>("hidden") == 1);
  CHECK(error_text([&] { file.reject_unknown(); }) ==
        "--set t.hiden=2: t.hiden: unknown key; did you mean \"hidden\"?");
  CHECK(error_text([] { with("a = 1\n", {"a.b=2"}); }) == "--set a.b=2: a is the whole number 1");
  CHECK(error_text([] { with("[[s]]\n", {"s[2].x=2"}); }) ==
        "--set s[2].x=2: [2]: there are 1 entries");
  for (const char* wrong : {"=1", "a", ".a=1", "a..b=1", "[0]=1", "a[x]=1"}) {
    CHECK(error_text([&] { with("", {wrong}); }).starts_with(std::string("--set ") + wrong + ": "));
  }
}

TEST_CASE("what leads through a key into the file that it names is that file's") {
  const TomlTable file =
      with("board = 'nano'\n[[mix]]\nwork = 'w'\n", {"board.heat.k=2", "mix[0].work.cycles=3"});
  CHECK(file.take_assignments("board") == std::vector<std::string>{"heat.k=2"});
  CHECK(file.required<std::string>("board") == "nano");
  const auto entry = file.tables("mix")[0];
  CHECK(entry.required<std::string>("work") == "w");
  CHECK(error_text([&] { file.reject_unknown(); }) ==
        "--set mix[0].work.cycles=3: mix[0].work is a text and leads no further");
  CHECK(entry.take_assignments("work") == std::vector<std::string>{"cycles=3"});
  CHECK_NOTHROW(file.reject_unknown());
}

TEST_CASE("an error stands where its source says, or as near to it as is known") {
  const auto said = [](const toml::source_region& source, const std::string& message) {
    CHECK_THROWS_AS(fail_at(source, "outer.toml", message), ConfigError);
    return error_text([&] { fail_at(source, "outer.toml", message); });
  };
  const auto named = [](const char* name) { return std::make_shared<const std::string>(name); };
  CHECK(said({{3, 5}, {3, 9}, named("inner.toml")}, "x: wrong") == "inner.toml:3:5: x: wrong");
  CHECK(said({{3, 5}, {3, 9}, nullptr}, "x: wrong") == "outer.toml:3:5: x: wrong");
  CHECK(said({}, "x: wrong") == "outer.toml: x: wrong");
  CHECK(said({{1, 9}, {1, 9}, named("--set x=1")}, "x: wrong") == "--set x=1: x: wrong");
  CHECK(said({}, std::string(5000, 'x')).size() < 1100);
}

TEST_CASE("a node is described as its reader would call it") {
  const toml::table table = parse_toml(
      "s = 'two'\nw = -3\nd = 2.5\nt = true\nf = false\na = [1]\ne = []\nn = {}\n"
      "date = 2024-01-02\ntime = 03:04:05\n",
      "a.toml");
  const auto said = [&](const char* key) { return describe(*table.get(key)); };
  CHECK(said("s") == "the string \"two\"");
  CHECK(said("w") == "the whole number -3");
  CHECK(said("d") == "the number 2.5");
  CHECK(said("t") == "true");
  CHECK(said("f") == "false");
  CHECK(said("a") == "an array");
  CHECK(said("e") == "an array");
  CHECK(said("n") == "a table");
  CHECK(said("date") == "a date or time");
  CHECK(said("time") == "a date or time");
}

TEST_CASE("what is not TOML, or more of it than is allowed, is refused at its place") {
  CHECK(parse_toml("", "a.toml").empty());
  CHECK_THROWS_AS(parse_toml("a = \n", "a.toml"), ConfigError);
  CHECK(error_text([] {
          parse_toml("x = 1\na = = 2\n", "a.toml");
        }).starts_with("a.toml:2:5: not valid TOML: "));
  // A key twice.
  CHECK(error_text([] { parse_toml("x = 1\nx = 2\n", "a.toml"); }).starts_with("a.toml:2:"));
  CHECK(error_text([] { parse_toml("\n" + std::string(17, '['), "a.toml"); }) ==
        "a.toml:2:17: arrays and inline tables nested more than 16 deep, the most allowed");
}

TEST_CASE("a file's text is read as it is, and what is none says so") {
  const Folder folder;
  CHECK(read_toml_text(folder.write("a.toml", "a = 1\r\n\tb")) == "a = 1\r\n\tb");
  CHECK(read_toml_text(folder.write("empty.toml", "")).empty());
  const std::filesystem::path none = folder.directory.path() / "none.toml";
  for (const std::filesystem::path& path : {none, folder.directory.path()}) {
    CHECK_THROWS_AS(read_toml_text(path), ConfigError);
    CHECK(error_text([&] { read_toml_text(path); }) ==
          path.string() + ": cannot be read (no such file, a folder, or no permission)");
  }
  const auto endless = folder.write("long.toml", std::string(2 * kMaxTomlBytes, '#'));
  CHECK(read_toml_text(endless).size() > kMaxTomlBytes);  // enough to be refused
  CHECK(read_toml_text(endless).size() < 2 * kMaxTomlBytes);
}

TEST_CASE("what extends nothing stays, what does has its base's keys and no extends") {
  const Folder folder;
  toml::table alone = parse_toml("x = 1\n", "a.toml");
  CHECK_FALSE(merge_bases(alone, folder.directory.path() / "a.toml"));
  CHECK(alone.size() == 1);
  folder.write("base.toml", "x = 9\ny = 2\nlist = [1, 2]\nboth = 3\n[t]\nz = 3\n");
  const auto file = folder.write(
      "a.toml", "extends = 'base.toml'\nx = 1\nlist = []\n[both]\nq = 1\n[t]\nw = 4\n");
  toml::table table = parse_toml(read_toml_text(file), file.string());
  CHECK(merge_bases(table, file));
  CHECK_FALSE(table.contains("extends"));
  CHECK(table["x"].value<int>() == 1);
  CHECK(table["y"].value<int>() == 2);
  CHECK(table["list"].as_array()->empty());  // lists of values are not joined
  CHECK(table["both"]["q"].value<int>() == 1);
  CHECK(table["t"]["z"].value<int>() == 3);
  CHECK(table["t"]["w"].value<int>() == 4);
}

TEST_CASE("a row of files that extend one another has an end") {
  const Folder folder;
  folder.write("0.toml", "deepest = true\n");
  for (int i = 1; i <= 20; ++i) {
    folder.write(std::to_string(i) + ".toml", "extends = '" + std::to_string(i - 1) + ".toml'\n");
  }
  const auto merged = [&](int number) {
    const auto file = folder.directory.path() / (std::to_string(number) + ".toml");
    toml::table table = parse_toml(read_toml_text(file), file.string());
    merge_bases(table, file);
    return table.contains("deepest");
  };
  CHECK(merged(16));
  CHECK(error_text([&] { merged(17); }) ==
        (folder.directory.path() / "1.toml").string() + ":1:11: extends: too many files in a row");
}

TEST_CASE("an assignment sets a key, or leads on from the text that names a file") {
  toml::table table = parse_toml("board = 'nano'\n[t]\nx = 1\n", "a.toml");
  CHECK_FALSE(assign(table, "t.x=2").has_value());
  CHECK_FALSE(assign(table, "t.new.key=a word").has_value());
  CHECK_FALSE(assign(table, "empty=").has_value());
  CHECK_FALSE(assign(table, "t.text=a = 1").has_value());  // only the first = divides
  CHECK(table["t"]["x"].value<int>() == 2);
  CHECK(table["t"]["new"]["key"].value<std::string>() == "a word");
  CHECK(table["empty"].value<std::string>() == "");
  CHECK(table["t"]["text"].value<std::string>() == "a = 1");
  const auto inner = assign(table, "board.thermal.k=2=3");
  REQUIRE(inner.has_value());
  CHECK(inner->key == "board");
  CHECK(inner->assignment == "thermal.k=2=3");
  CHECK(table["board"].value<std::string>() == "nano");
  CHECK_THROWS_AS(assign(table, "t.x"), ConfigError);
  CHECK(error_text([&] { assign(table, "t.x"); }) == "--set t.x: KEY=VALUE expected");
}
