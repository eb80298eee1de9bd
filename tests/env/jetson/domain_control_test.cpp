#include "env/jetson/domain_control.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "env/jetson/jetson_error.h"
#include "tests/support/board_tree.h"

using namespace flyball;

namespace {

const std::string kMin = kPolicy0 + "/scaling_min_freq";
const std::string kMax = kPolicy0 + "/scaling_max_freq";
const std::string kRate = kEmc + "/rate";
const std::string kLock = kEmc + "/mrq_rate_locked";
const std::string kCap = "/sys/kernel/nvpmodel_emc_cap/emc_iso_cap";
const std::vector<double> kEmcHz = {2e8, 8e8, 16e8};

struct Heard final : ChangeListener {
  void changed(const std::string& file, long long value) noexcept override {
    files.push_back(std::filesystem::path(file).filename());
    values.push_back(value);
  }
  std::vector<std::string> files;
  std::vector<long long> values;
};

struct Bench {
  Bench() { tree.add_board(); }
  std::unique_ptr<DomainControl> held(std::unique_ptr<DomainControl> control) {
    REQUIRE_FALSE(control->look(heard));
    REQUIRE_FALSE(control->hold());
    return control;
  }
  std::unique_ptr<DomainControl> cpu() {
    return held(make_limits_control(tree.root() + kMin, tree.root() + kMax, 1e3, table));
  }
  std::unique_ptr<DomainControl> emc() {
    return held(make_emc_control(*find_emc_files(tree.root()), kEmcHz, table));
  }

  BoardTree tree;
  HeldTable table;
  Heard heard;
};

}  // namespace

TEST_CASE("limits are asked for in hertz and written in the file's unit") {
  Bench bench;
  const auto cpu = bench.cpu();
  CHECK(cpu->allowed() == FrequencyRange{1e8, 4e8});
  REQUIRE_FALSE(cpu->set({2e8, 3e8}));
  CHECK(bench.tree.read(kMin) == "200000");
  CHECK(bench.tree.read(kMax) == "300000");
  REQUIRE_FALSE(cpu->set({4e8, 4e8}));
  CHECK(bench.tree.read(kMin) == "400000");
  CHECK(cpu->allowed() == FrequencyRange{1e8, 4e8});  // what we ask for is no limit
  REQUIRE_FALSE(cpu->put_back(bench.heard));
  CHECK(bench.tree.read(kMin) == "100000");
  CHECK(bench.tree.read(kMax) == "400000");
  CHECK(bench.heard.files.empty());
}

TEST_CASE("what is allowed is written to the digit as it was found") {
  Bench bench;
  bench.tree.write(kMin, "123457");
  const auto cpu = bench.cpu();
  REQUIRE_FALSE(cpu->set({3e8, 3e8}));
  REQUIRE_FALSE(cpu->set(cpu->allowed()));
  CHECK(bench.tree.read(kMin) == "123457");
}

TEST_CASE("a limit that somebody else wrote is told with its file and is put back") {
  Bench bench;
  const auto cpu = bench.cpu();
  REQUIRE_FALSE(cpu->set({2e8, 2e8}));
  bench.tree.write(kMax, "350000");
  REQUIRE_FALSE(cpu->look(bench.heard));
  CHECK(bench.heard.files == std::vector<std::string>{"scaling_max_freq"});
  CHECK(bench.heard.values == std::vector<long long>{350000});
  CHECK(cpu->allowed() == FrequencyRange{1e8, 3.5e8});
  REQUIRE_FALSE(cpu->put_back(bench.heard));
  CHECK(bench.tree.read(kMax) == "350000");
  CHECK(bench.tree.read(kMin) == "100000");
}

TEST_CASE("limits that cannot be read any more are put back all the same, and it is said") {
  Bench bench;
  const auto control =
      make_limits_control(bench.tree.root() + kMin, bench.tree.root() + kMax, 1e3, bench.table);
  REQUIRE_FALSE(control->look(bench.heard));
  // From here on what is read is another file than what is written.
  std::filesystem::rename(bench.tree.root() + kMin, bench.tree.root() + "/read");
  bench.tree.write(kMin, "100000");
  REQUIRE_FALSE(control->hold());
  bench.tree.write("/read", "broken");
  bench.tree.write(kMin, "200000");  // as if pinned
  bench.tree.write(kMax, "200000");
  const FileError error = control->put_back(bench.heard);
  CHECK(error.code == JetsonError::kNotVerified);
  CHECK(bench.tree.root() + kMin == error.file);
  CHECK(bench.tree.read(kMin) == "100000");
  CHECK(bench.tree.read(kMax) == "200000");  // somebody else's
  CHECK(bench.heard.files == std::vector<std::string>{"scaling_max_freq"});
}

TEST_CASE("limits that could not be read for a moment are put back and verified") {
  Bench bench;
  const auto cpu = bench.cpu();
  REQUIRE_FALSE(cpu->set({2e8, 2e8}));
  bench.tree.write(kMin, "broken");
  REQUIRE_FALSE(cpu->put_back(bench.heard));
  CHECK(bench.tree.read(kMin) == "100000");
  CHECK(bench.tree.read(kMax) == "400000");
}

TEST_CASE("after a range that was not taken the former one is in force") {
  Bench bench;
  // One file with both names takes one number only.
  bench.tree.remove(kMin);
  std::filesystem::create_hard_link(bench.tree.root() + kMax, bench.tree.root() + kMin);
  const auto cpu = bench.cpu();
  const FileError error = cpu->set({2e8, 3e8});
  CHECK(error.code == JetsonError::kNotTaken);
  CHECK(std::string(error.file).starts_with(bench.tree.root()));
  CHECK(bench.tree.read(kMax) == "400000");
}

TEST_CASE("the memory clock is pinned at a rate or left free, nothing between") {
  Bench bench;
  const auto emc = bench.emc();
  CHECK(emc->allowed() == FrequencyRange{2e8, 16e8});
  CHECK(emc->set({2e8, 8e8}).code == JetsonError::kNotExpressible);
  CHECK(bench.tree.read(kLock) == "0");
  REQUIRE_FALSE(emc->set({16e8, 16e8}));
  CHECK(bench.tree.read(kRate) == "1600000000");
  CHECK(bench.tree.read(kLock) == "1");
  REQUIRE_FALSE(emc->set(emc->allowed()));
  CHECK(bench.tree.read(kLock) == "0");
}

TEST_CASE("a cap of the power mode limits the memory clock, 0 is none") {
  Bench bench;
  const auto emc = bench.emc();
  bench.tree.write(kCap, "900000000");
  REQUIRE_FALSE(emc->look(bench.heard));
  CHECK(emc->allowed() == FrequencyRange{2e8, 8e8});
  CHECK(bench.heard.values == std::vector<long long>{900000000});
  bench.tree.write(kCap, "0");
  REQUIRE_FALSE(emc->look(bench.heard));
  CHECK(emc->allowed() == FrequencyRange{2e8, 16e8});
}

TEST_CASE("a cap below every rate leaves the lowest one") {
  Bench bench;
  bench.tree.write(kCap, "1");
  const auto emc = bench.emc();
  CHECK(emc->allowed() == FrequencyRange{2e8, 2e8});
}

TEST_CASE("who locks the memory clock while it is held has it, and gets it back locked") {
  Bench bench;
  const auto emc = bench.emc();
  bench.tree.write(kRate, "800000000");
  bench.tree.write(kLock, "1");
  REQUIRE_FALSE(emc->look(bench.heard));
  CHECK(emc->allowed() == FrequencyRange{8e8, 8e8});
  REQUIRE_FALSE(emc->set({2e8, 2e8}));
  REQUIRE_FALSE(emc->put_back(bench.heard));
  CHECK(bench.tree.read(kRate) == "800000000");
  CHECK(bench.tree.read(kLock) == "1");
}

TEST_CASE("a backup's records name the files below the root and what will be put back") {
  Bench bench;
  const auto cpu = bench.cpu();
  REQUIRE_FALSE(cpu->set({2e8, 2e8}));
  std::vector<BackupRecord> records;
  cpu->add_records(bench.tree.root(), records);
  REQUIRE(records.size() == 1);
  CHECK(records[0].path == kMin.substr(1));
  CHECK(records[0].value == 100000);
  CHECK(relative_path("/a/b/c", "/a") == "b/c");
  CHECK(relative_path("/b/c", "") == "b/c");
  CHECK(relative_path("/a//b", "/a/") == "b");
}

TEST_CASE("a control whose file is not there says which one") {
  BoardTree tree;
  HeldTable table;
  const auto cpu = make_limits_control(tree.root() + "/min", tree.root() + "/max", 1e3, table);
  tree.write("/min", "1");
  const FileError error = cpu->hold();
  CHECK(is_gone(error.code));
  CHECK(tree.root() + "/max" == error.file);
}
