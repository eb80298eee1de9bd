#include "env/jetson/backup.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "env/jetson/board_lock.h"
#include "tests/support/board_tree.h"

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
  CHECK(tree.read(kFile).starts_with("flyball-backup 2\nboot "));
  CHECK(tree.read(kFile).find("\nlimits min 100 max 400\nvalue lock 0\nend 2 ") !=
        std::string::npos);
  const std::vector<BackupRecord> loaded = backup.load();
  REQUIRE(loaded.size() == 2);
  CHECK(loaded[0].max_value == 400);
  CHECK(loaded[0].path == "min");
  CHECK(loaded[0].max_path == "max");
  CHECK(loaded[1].path == "lock");
}

TEST_CASE("an existing backup is never overwritten") {
  BoardTree tree;
  Backup backup(tree.root(), {});
  backup.save(kRecords);
  const std::vector<BackupRecord> other = {{"min", 200, "max", 200}};
  CHECK_THROWS_AS(backup.save(other), std::system_error);
  CHECK(backup.load()[0].value == 100);
}

TEST_CASE("one process governs a board") {
  BoardTree tree;
  const BoardLock first(tree.root());
  try {
    const BoardLock second(tree.root(), 0.0);
    FAIL("a second writer was admitted");
  } catch (const std::system_error& error) {
    CHECK(error.code() == std::errc::device_or_resource_busy);
    CHECK(std::string(error.what()).find("another process governs this board") !=
          std::string::npos);
  }
}

TEST_CASE("a second process is kept out even where somebody removed the lock's file") {
  BoardTree tree;
  tree.add_board();
  {
    JetsonPlant board(tree.config());
    const std::vector<std::size_t> knobs = {0};
    const ControlLease lease = board.lease(knobs);
    std::filesystem::remove(tree.root() + "/run/flyball/lock");
    CHECK(is_locked(tree.root()));
    CHECK_THROWS_WITH_AS(BoardLock(tree.root(), 0.0),
                         doctest::Contains("_freq: another process governs this board"),
                         std::system_error);
    CHECK_THROWS_AS(restore_from_backup(tree.root()), std::system_error);
  }
  CHECK_FALSE(is_locked(tree.root()));
  const BoardLock next(tree.root(), 0.0);
}

TEST_CASE("who may only read a control keeps nobody from the board") {
  BoardTree tree;
  tree.add_board();
  const Descriptor file(
      open((tree.root() + kPolicy0 + "/scaling_max_freq").c_str(), O_RDONLY | O_CLOEXEC));
  struct flock reads {};
  reads.l_type = F_RDLCK;
  reads.l_whence = SEEK_SET;
  REQUIRE(fcntl(file.get(), F_OFD_SETLK, &reads) == 0);
  CHECK_FALSE(is_locked(tree.root()));
  const BoardLock lock(tree.root(), 0.0);
}

TEST_CASE("whether a board is governed is seen without making anything") {
  BoardTree tree;
  CHECK_FALSE(is_locked(tree.root()));
  CHECK(restore_from_backup(tree.root()).controls == 0);
  CHECK_FALSE(tree.exists("/run"));
  {
    const BoardLock lock(tree.root());
    CHECK(is_locked(tree.root()));
    CHECK_THROWS_WITH_AS(restore_from_backup(tree.root()),
                         doctest::Contains("another process governs this board"),
                         std::system_error);
  }
  CHECK_FALSE(is_locked(tree.root()));
  CHECK(restore_from_backup(tree.root()).controls == 0);
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

TEST_CASE("what no longer exists needs no restoring, and is said") {
  BoardTree tree;
  tree.write("/lock", "1");
  Backup(tree.root(), {}).save(kRecords);
  const RestoreReport report = restore_from_backup(tree.root());
  CHECK(report.succeeded());
  REQUIRE(report.remarks.size() == 1);
  CHECK(report.remarks[0].find("/min: no longer there") != std::string::npos);
  CHECK(tree.read("/lock") == "0");
  CHECK_FALSE(tree.exists(kFile));
}

TEST_CASE("a backup of a former boot is dropped with a word, one of the former format is read") {
  BoardTree tree;
  tree.write("/min", "200");
  tree.write("/max", "200");
  tree.write("/lock", "1");
  tree.write("/proc/sys/kernel/random/boot_id", "one");
  Backup(tree.root(), {}).save(kRecords);
  tree.write("/proc/sys/kernel/random/boot_id", "two");
  const RestoreReport report = restore_from_backup(tree.root());
  REQUIRE(report.remarks.size() == 1);
  CHECK(report.remarks[0].find("of a former boot") != std::string::npos);
  CHECK(tree.read("/min") == "200");
  CHECK_FALSE(tree.exists(kFile));
  tree.write(kFile, "flyball-backup 1\nlimits min 100 max 400\nvalue lock 0\nend 2");
  CHECK(restore_from_backup(tree.root()).succeeded());
  CHECK(tree.read("/min") == "100");
}

TEST_CASE("a failed restore goes on with the rest and keeps the backup") {
  BoardTree tree;
  std::filesystem::create_directory(tree.root() + "/min");
  tree.write("/lock", "1");
  Backup(tree.root(), {}).save(kRecords);
  const RestoreReport report = restore_from_backup(tree.root());
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].find("/min: wanted 100 to 400: it is not a regular file") !=
        std::string::npos);
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
  CHECK(load_error("flyball-backup 2\nboot x\nvalue a 1\nend 1 00000000").find("the checksum") !=
        std::string::npos);
}

TEST_CASE("a backup that others may write is not trusted") {
  BoardTree tree;
  Backup backup(tree.root(), {});
  backup.save(kRecords);
  REQUIRE(chmod((tree.root() + kFile).c_str(), 0666) == 0);
  CHECK_THROWS_AS(backup.load(), std::runtime_error);
}
