#include "env/jetson/backup.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <stdexcept>
#include <system_error>

#include "tests/env/jetson/board_tree.h"

using namespace flyball;

namespace {

const std::vector<BackupRecord> kRecords = {{"min", 100, "max", 400}, {"lock", 0, "", 0}};
const std::string kFile = "/run/flyball/backup";

// What a careless backup file brings: the message of loading it.
std::string load_error(const std::string& text) {
  BoardTree tree;
  Backup backup(tree.root(), {});
  tree.write(kFile, text);
  try {
    backup.load();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a backup reads as it was saved and leaves no temporary file") {
  BoardTree tree;
  Backup backup(tree.root(), {});
  CHECK_FALSE(backup.exists());
  backup.save(kRecords);
  CHECK(backup.exists());
  CHECK_FALSE(tree.exists("/run/flyball/backup.new"));
  CHECK(tree.read(kFile) == "flyball-backup 1\nlimits min 100 max 400\nvalue lock 0\nend 2");
  const std::vector<BackupRecord> loaded = backup.load();
  REQUIRE(loaded.size() == 2);
  CHECK(loaded[0].max_value == 400);
  CHECK(loaded[1].path == "lock");
}

TEST_CASE("an existing backup is never overwritten") {
  BoardTree tree;
  Backup backup(tree.root(), {});
  backup.save(kRecords);
  CHECK_THROWS_AS(backup.save({{"min", 200, "max", 200}}), std::system_error);
  CHECK(backup.load()[0].value == 100);
}

TEST_CASE("one process governs a board") {
  BoardTree tree;
  const Backup first(tree.root(), {});
  try {
    const Backup second(tree.root(), {});
    FAIL("a second writer was admitted");
  } catch (const std::system_error& error) {
    CHECK(error.code() == std::errc::device_or_resource_busy);
    CHECK(std::string(error.what()).find("another process governs this board") !=
          std::string::npos);
  }
}

TEST_CASE("restoring puts every file back and then the backup is gone") {
  BoardTree tree;
  tree.write("/min", "200");
  tree.write("/max", "200");
  tree.write("/lock", "1");
  Backup(tree.root(), {}).save(kRecords);
  const RestoreReport report = restore_from_backup(tree.root());
  CHECK(report.controls == 2);
  CHECK(report.succeeded());
  CHECK(tree.read("/min") == "100");
  CHECK(tree.read("/max") == "400");
  CHECK(tree.read("/lock") == "0");
  CHECK_FALSE(tree.exists(kFile));
  CHECK(restore_from_backup(tree.root()).controls == 0);
}

TEST_CASE("a failed restore goes on with the rest and keeps the backup") {
  BoardTree tree;
  tree.write("/lock", "1");
  Backup(tree.root(), {}).save(kRecords);
  const RestoreReport report = restore_from_backup(tree.root());
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].find("/min: wanted 100 to 400: No such file") != std::string::npos);
  CHECK(tree.read("/lock") == "0");
  CHECK(tree.exists(kFile));
}

TEST_CASE("a backup that is not ours or cut short is refused with its line") {
  CHECK(load_error("something").find("backup:1: not a backup of this version") !=
        std::string::npos);
  CHECK(load_error("flyball-backup 1\nvalue a 1").find("backup:3: the backup is cut short") !=
        std::string::npos);
  CHECK(load_error("flyball-backup 1\nvalue ../a 1\nend 1").find("backup:2: not a control") !=
        std::string::npos);
  CHECK(load_error("flyball-backup 1\nlimits a 1 b\nend 1").find("backup:2: not a control") !=
        std::string::npos);
}

TEST_CASE("a backup that others may write is not trusted") {
  BoardTree tree;
  Backup backup(tree.root(), {});
  backup.save(kRecords);
  REQUIRE(chmod((tree.root() + kFile).c_str(), 0666) == 0);
  CHECK_THROWS_AS(backup.load(), std::runtime_error);
}
