#include "tools/packaging/install_record.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/error_text.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace fs = std::filesystem;

namespace {

void write_record(const fs::path& root, const std::string& text) {
  fs::create_directories(root / "var/lib/flyball");
  std::ofstream(root / "var/lib/flyball/installed") << text;
  chmod((root / "var/lib/flyball/installed").c_str(), 0644);
}

}  // namespace

TEST_CASE("a record is read as it was saved") {
  const TemporaryDirectory root;
  InstallRecord record(root.path());
  CHECK(record.empty());
  record.add_directory("/etc/flyball");
  record.add_file("/etc/flyball/a b.toml", "x = 1\n");
  record.set_made_user(true);
  record.save();
  const InstallRecord again(root.path());
  CHECK(again.directories() == std::vector<std::string>{"/etc/flyball"});
  CHECK(again.files() == std::vector<std::string>{"/etc/flyball/a b.toml"});
  CHECK(again.wrote("/etc/flyball/a b.toml", "x = 1\n"));
  CHECK_FALSE(again.wrote("/etc/flyball/a b.toml", "x = 2\n"));
  CHECK(again.made_user());
}

TEST_CASE("while a file is replaced both texts are the installation's") {
  const TemporaryDirectory root;
  InstallRecord record(root.path());
  record.add_file("/etc/a", "old");
  record.add_file("/etc/a", "new");
  CHECK(record.wrote("/etc/a", "old"));
  CHECK(record.wrote("/etc/a", "new"));
  CHECK(record.files().size() == 1);
  record.set_file("/etc/a", "new");
  CHECK_FALSE(record.wrote("/etc/a", "old"));
}

TEST_CASE("an empty record leaves no file and no folder") {
  const TemporaryDirectory root;
  InstallRecord record(root.path());
  record.add_file("/etc/a", "text");
  record.save();
  CHECK(fs::exists(root.path() / "var/lib/flyball/installed"));
  record.forget_file("/etc/a");
  record.save();
  CHECK_FALSE(fs::exists(root.path() / "var/lib/flyball"));
}

TEST_CASE("a record with a strange line is refused by its number") {
  const TemporaryDirectory root;
  for (const std::string line : {"file 12", "file zz 3 /etc/a", "directory etc", "user root",
                                 "file 12345678 3 /etc/../home/a", "something"}) {
    CAPTURE(line);
    write_record(root.path(), "flyball-installed 1\n" + line + "\n");
    const std::string error = error_text([&] { InstallRecord record(root.path()); });
    CHECK(error.find("installed:2: no line of an installation") != std::string::npos);
  }
  write_record(root.path(), "flyball-installed 2\n");
  CHECK(error_text([&] { InstallRecord record(root.path()); }).find("installed:1:") !=
        std::string::npos);
}

TEST_CASE("a record that others may write is not believed") {
  const TemporaryDirectory root;
  write_record(root.path(), "flyball-installed 1\nfile 12345678 3 /etc/a\n");
  chmod((root.path() / "var/lib/flyball/installed").c_str(), 0666);
  CHECK(error_text([&] {
          InstallRecord record(root.path());
        }).find("writable by group or others") != std::string::npos);
}

TEST_CASE("a link that leads out of the root is not followed") {
  const TemporaryDirectory root;
  const TemporaryDirectory elsewhere;
  fs::create_directory_symlink(elsewhere.path(), root.path() / "etc");
  const InstallRecord record(root.path());
  CHECK(error_text([&] {
          static_cast<void>(record.place("/etc/flyball/a"));
        }).find("a link leads out of") != std::string::npos);
  CHECK(record.place("/opt/a") == root.path() / "opt/a");
}
