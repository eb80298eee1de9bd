#include "env/jetson/link/link_batch.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "env/jetson/backup.h"
#include "env/jetson/control_file.h"
#include "env/jetson/jetson_error.h"
#include "tests/env/jetson/link/link_bench.h"

using namespace flyball;

TEST_CASE("a recommended batch size reaches the program, and what was found is put back") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.0, {1, 2, 4});
  HeldTable table;
  ControlFile batch(bench.file(), table, FileOwner::kLink);
  REQUIRE_FALSE(batch.hold());
  CHECK(batch.held().saved == 0);
  REQUIRE_FALSE(batch.set(4));
  CHECK(flyball_recommended_batch(link.get()) == 4);
  REQUIRE_FALSE(batch.set(batch.held().saved));
  CHECK(flyball_recommended_batch(link.get()) == 0);
  CHECK(std::filesystem::file_size(bench.file()) == sizeof(FlyballMemory));
}

TEST_CASE("after a restart the new program is told, and the former's file is let go") {
  const LinkBench bench;
  const LinkPointer former = bench.open(0.0, {1, 2, 4});
  HeldTable table;
  ControlFile batch(bench.file(), table, FileOwner::kLink);
  REQUIRE_FALSE(batch.hold());
  REQUIRE_FALSE(batch.set(4));
  const LinkPointer latter = bench.open(0.0, {1, 2, 4});
  batch.follow_name();
  bool changed = false;
  REQUIRE_FALSE(batch.look(changed));
  REQUIRE_FALSE(batch.set(2));
  CHECK(flyball_recommended_batch(former.get()) == 4);
  CHECK(flyball_recommended_batch(latter.get()) == 2);
}

TEST_CASE("what a killed flyballd recommended is taken back by the backup") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.0, {1, 2, 4});
  std::filesystem::permissions(bench.root() + "/run/flyball", std::filesystem::perms(0755));
  Backup backup(bench.root(), {});
  backup.save(std::vector<BackupRecord>{{"run/flyball/application/link", 0, {}, 0}});
  MappedLink(bench)->batch_recommended = 4;
  const RestoreReport report = restore_from_backup(bench.root());
  CHECK(report.succeeded());
  CHECK(report.remarks.empty());
  CHECK(flyball_recommended_batch(link.get()) == 0);
}

TEST_CASE("nothing is written into what is no link of ours") {
  const LinkBench bench;
  const LinkPointer link = bench.open(0.0, {1, 2, 4});
  const MappedLink memory(bench);
  const auto error = [&] {
    HeldTable table;
    ControlFile batch(bench.file(), table, FileOwner::kLink);
    return batch.hold().code;
  };
  CHECK_FALSE(error());
  memory->version = 2;
  CHECK(error() == JetsonError::kOtherVersion);
  memory->version = 1;
  memory->size = 8;
  CHECK(error() == JetsonError::kOtherVersion);
  memory->size = sizeof(FlyballMemory);
  memory->magic[3] = 'x';
  CHECK(error() == JetsonError::kMalformed);
  memory->magic[3] = 'b';
  std::filesystem::create_hard_link(bench.file(), bench.root() + "/second");
  CHECK(error() == JetsonError::kNotOwned);
  std::filesystem::remove(bench.file());
  std::filesystem::rename(bench.root() + "/second", bench.root() + "/away");
  std::filesystem::create_symlink(bench.root() + "/away", bench.file());
  CHECK(error() == std::errc::too_many_symbolic_link_levels);
  std::filesystem::remove(bench.file());
  std::ofstream(bench.file()) << "8\n";
  CHECK(error() == JetsonError::kMalformed);
}

TEST_CASE("whatever a program puts in the place of the recommendation is a number to us") {
  const LinkBench bench;
  const LinkPointer link = bench.open();
  const MappedLink memory(bench);
  memory->batch_recommended = ~0ULL;
  HeldTable table;
  ControlFile batch(bench.file(), table, FileOwner::kLink);
  REQUIRE_FALSE(batch.hold());
  CHECK(batch.held().saved == 0x7fffffff);
  REQUIRE_FALSE(batch.set(2));
  CHECK(memory->batch_recommended == 2);
}
