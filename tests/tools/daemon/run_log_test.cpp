#include "tools/daemon/run_log.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <limits>
#include <random>
#include <string>
#include <system_error>
#include <vector>

#include "tests/env/logs/sample_telemetry.h"
#include "tests/env/logs/telemetry_file.h"
#include "tests/support/captured_stream.h"
#include "tests/support/temporary_directory.h"
#include "tests/tools/guard/forked.h"

using namespace flyball;

namespace {

// A log in a folder of its own, and what is told of it.
struct Logged {
  TemporaryDirectory folder;
  std::string path = (folder.path() / "run.csv").string();
  std::mt19937_64 random{1};
  std::vector<std::string> told;

  Teller teller() {
    return [this](std::string_view line) { told.emplace_back(line); };
  }
  void write_to(RunLog& log, int rows) {
    for (const TelemetryRow& row : random_rows(random, rows)) log.write(row);
  }
  TelemetryRow row_without_a_number() {
    TelemetryRow row = random_row(random, false);
    row.period_seconds = std::numeric_limits<double>::quiet_NaN();
    return row;
  }
  // What an end of the log is told as.
  std::string end_of_it() const { return "; the log " + path + " ends here, governing goes on"; }
};

}  // namespace

TEST_CASE("a log that is closed holds its rows and says that it is complete") {
  Logged logged;
  RunLog log(logged.path, small_header(), logged.teller());
  logged.write_to(log, 5);
  log.close();
  const ReadBack back = read_back(logged.path);
  CHECK(back.rows == 5);
  CHECK(back.warning.empty());
  CHECK(logged.told.empty());
}

TEST_CASE("a closed log takes no more rows, tells nothing of them, and is closed once") {
  Logged logged;
  RunLog log(logged.path, small_header(), logged.teller());
  logged.write_to(log, 2);
  log.close();
  const std::string closed = contents(logged.path);
  logged.write_to(log, 1);
  log.write(logged.row_without_a_number());
  log.close();
  CHECK(contents(logged.path) == closed);
  CHECK(logged.told.empty());
}

TEST_CASE("a log without an end is that of a run that was killed, with its rows") {
  Logged logged;
  {
    RunLog log(logged.path, small_header(), logged.teller());
    CHECK(std::filesystem::exists(logged.path));  // from the start, for who looks on
    logged.write_to(log, 3);
  }
  const ReadBack back = read_back(logged.path);
  CHECK(back.rows == 3);
  CHECK(back.warning.starts_with("cut after 3 rows"));
}

TEST_CASE("the last run's log goes on as NAME.1, that of the run before is gone") {
  Logged logged;
  for (int run = 1; run <= 3; ++run) {
    RunLog log(logged.path, small_header(), logged.teller());
    logged.write_to(log, run);
    log.close();
  }
  CHECK(read_back(logged.path).rows == 3);
  CHECK(read_back(logged.path + ".1").rows == 2);
  CHECK_FALSE(std::filesystem::exists(logged.path + ".2"));
  CHECK_FALSE(std::filesystem::exists(logged.path + ".1.1"));
}

TEST_CASE("what is no file is not moved aside") {
  Logged logged;
  std::filesystem::create_directory(logged.path);
  CHECK_THROWS_AS(RunLog(logged.path, small_header(), logged.teller()), std::system_error);
  CHECK(std::filesystem::is_directory(logged.path));
  CHECK_FALSE(std::filesystem::exists(logged.path + ".1"));
}

TEST_CASE("a log that cannot be begun is an error, not a remark") {
  Logged logged;
  const std::string nowhere = (logged.folder.path() / "none" / "run.csv").string();
  CHECK_THROWS_WITH_AS(RunLog(nowhere, small_header(), logged.teller()),
                       doctest::Contains(nowhere.c_str()), std::system_error);
  TelemetryLogHeader header = small_header();
  header.plant.rails.front() = "a name";
  CHECK_THROWS_AS(RunLog(logged.path, header, logged.teller()), std::invalid_argument);
  CHECK(logged.told.empty());
}

TEST_CASE("a number that is none ends the log, which is said once with the column") {
  Logged logged;
  RunLog log(logged.path, small_header(), logged.teller());
  logged.write_to(log, 2);
  log.write(logged.row_without_a_number());
  logged.write_to(log, 2);
  log.write(logged.row_without_a_number());
  log.close();
  REQUIRE(logged.told.size() == 1);
  CHECK(logged.told.front().find("period_s") != std::string::npos);
  CHECK(logged.told.front().ends_with(logged.end_of_it()));
  const ReadBack back = read_back(logged.path);
  CHECK(back.rows == 2);
  CHECK(back.warning.find("interrupted") != std::string::npos);
}

TEST_CASE("nobody needs to listen when a log ends") {
  Logged logged;
  RunLog log(logged.path, small_header(), {});
  logged.write_to(log, 1);
  log.write(logged.row_without_a_number());
  CHECK_NOTHROW(log.close());
  CHECK(read_back(logged.path).rows == 1);
}

TEST_CASE("a full disk ends the log, and the rows that came later are let go") {
  Logged logged;
  const int status = run_forked([&] {
    RunLog log(logged.path, small_header(), logged.teller());
    signal(SIGXFSZ, SIG_IGN);
    const rlimit most = {1 << 16, 1 << 16};
    if (setrlimit(RLIMIT_FSIZE, &most) != 0) return 1;
    const std::string remarks = captured(STDERR_FILENO, [&] {
      logged.write_to(log, 3000);  // more than a buffer full
      log.close();
    });
    // Whoever is told need not wait for who reads stderr, and so must nobody else.
    if (logged.told.size() != 1 || !remarks.empty()) return 2;
    const bool says_why = logged.told.front().find("File too large") != std::string::npos;
    return says_why && logged.told.front().ends_with(logged.end_of_it()) ? 0 : 3;
  });
  CHECK(status == 0);
  CHECK(std::filesystem::file_size(logged.path) <= (1U << 16));
}

TEST_CASE("a log with a limit is a ring of whole logs that does not outgrow it") {
  Logged logged;
  constexpr std::uint64_t kMost = 40000;
  RunLog log(logged.path, small_header(), logged.teller(), kMost);
  constexpr int kRows = 800;
  for (const TelemetryRow& row : random_rows(logged.random, kRows)) {
    log.write(row);
    log.flush();
  }
  log.close();
  CHECK(logged.told.empty());
  std::uintmax_t bytes = 0;
  std::size_t rows = 0;
  for (const std::string& path : ring_paths(logged.path)) {
    CAPTURE(path);
    bytes += std::filesystem::file_size(path);
    const ReadBack back = read_back(path);
    CHECK(back.rows > 0);
    CHECK(back.warning.empty());
    rows += back.rows;
  }
  CHECK(rows < kRows);
  CHECK(bytes > kMost / 2);
  CHECK(bytes < kMost + 4 * 4000);  // a row and the end mark late, each file
}

TEST_CASE("a ring keeps the former run's files, and is written through no link") {
  Logged logged;
  const std::vector<std::string> paths = ring_paths(logged.path);
  CHECK(paths[1] == (logged.folder.path() / "run-2.csv").string());
  {
    RunLog log(logged.path, small_header(), logged.teller(), 40000);
    logged.write_to(log, 5);
    log.close();
  }
  RunLog log(logged.path, small_header(), logged.teller(), 40000);
  log.close();
  CHECK(read_back(logged.path + ".1").rows == 5);
  std::filesystem::remove(paths[2]);
  std::filesystem::create_symlink("/dev/null", paths[2]);
  CHECK_THROWS_AS(RunLog(logged.path, small_header(), logged.teller(), 40000), std::system_error);
  CHECK_THROWS_AS(RunLog("/dev/null", small_header(), logged.teller(), 40000), std::system_error);
}
