#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/error_text.h"
#include "tests/support/temporary_directory.h"
#include "tools/toml_reader.h"

using namespace flyball;

namespace {

struct Folder {
  TemporaryDirectory directory;

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = directory.path() / name;
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
