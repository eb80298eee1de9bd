// Where the commands write: files, links, FIFOs, devices and stdout, and what happens when one of
// them is full or closed.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/sample_sweep.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// A folder with what the commands read, in which a shell runs them.
class Bench {
 public:
  Bench() {
    std::ofstream(at("sweep.csv")) << sample_csv(sample_sweep(sample_board().board, 0.01));
    std::ofstream(at("tegrastats.log"))
        << "RAM 1/2MB CPU [5%@1224,4%@1224,3%@1224,6%@1224] EMC_FREQ 0%@1600 GR3D_FREQ 0%@76\n"
        << "RAM 1/2MB CPU [5%@1224,4%@1224,3%@1224,6%@1224] EMC_FREQ 0%@1600 GR3D_FREQ 0%@76\n";
    REQUIRE(run("flyball simulate --scenario quickstart --duration 400 -o log.csv") == 0);
    REQUIRE(run("flyball train quickstart --log log.csv --steps 20 -o p.flyball") == 0);
  }
  std::filesystem::path at(const std::string& name) const { return directory_.path() / name; }

  // stdout goes to the file "out" and stderr to "err", unless `line` says otherwise.
  int run(const std::string& line) const {
    const std::string shell = fmt::format("cd {} && PATH={}:$PATH && {{ {}; }} >out 2>err",
                                          directory_.path().string(), FLYBALL_BINARY_DIR, line);
    const int status = std::system(shell.c_str());
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
  }
  std::string out() const { return bytes_of(at("out")); }
  std::string err() const { return bytes_of(at("err")); }

 private:
  TemporaryDirectory directory_;
};

// Every command that writes a file, without the file's name.
const std::vector<std::string> kWriters = {
    "simulate --scenario quickstart --duration 60 -o",
    "import --board nano-4gb --tegrastats tegrastats.log --interval 0.5 -o",
    "dataset quickstart --log log.csv -o",
    "fit --measurements sweep.csv --board nano-4gb --residual none -o",
    "train quickstart --log log.csv --steps 20 -o",
    "adapt p.flyball --scenario quickstart --turns --steps 1 --duration 40 -o",
    "evaluate --scenario quickstart --governors stock --json",
};

// Every kind of report.
const std::vector<std::string> kReports = {
    "--help",
    "boards",
    "inspect p.flyball",
    "reproduce governors",
    "sweep --board nano-4gb --workload resnet18 --requests 1 --batch 1",
    "simulate --scenario quickstart --duration 20 -o other.csv",
    "import --board nano-4gb --tegrastats tegrastats.log --interval 0.5 -o other.csv",
    "dataset quickstart --log log.csv -o other.hdf5",
    "fit --measurements sweep.csv --board nano-4gb --residual none -o other.toml",
    "train quickstart --log log.csv --steps 20 -o other.flyball",
    "evaluate --scenario quickstart --governors stock",
};

}  // namespace

TEST_CASE("what a command writes is the same in a file, through a link and a FIFO, and on stdout") {
  const Bench bench;
  std::filesystem::create_directory(bench.at("there"));
  for (const std::string& writer : kWriters) {
    CAPTURE(writer);
    REQUIRE(bench.run(fmt::format("flyball {} file.hdf5", writer)) == 0);
    const std::string expected = bytes_of(bench.at("file.hdf5"));
    REQUIRE(!expected.empty());

    std::filesystem::remove(bench.at("there/target.hdf5"));
    CHECK(bench.run(fmt::format("ln -sf there/target.hdf5 link.hdf5; flyball {} link.hdf5",
                                writer)) == 0);
    CHECK(std::filesystem::is_symlink(bench.at("link.hdf5")));
    CHECK(bytes_of(bench.at("there/target.hdf5")) == expected);

    CHECK(bench.run(fmt::format("mkfifo fifo; cat fifo >got & flyball {} fifo; rc=$?; wait; "
                                "test -p fifo && rm fifo; exit $rc",
                                writer)) == 0);
    CHECK(!std::filesystem::exists(bench.at("fifo")));
    CHECK(bytes_of(bench.at("got")) == expected);

    const bool is_report = writer.ends_with("--json");  // "--json -" is the report itself
    CHECK(bench.run(fmt::format("flyball {} -", writer)) == 0);
    CHECK(bench.out() == expected);
    CHECK(bench.err().empty() == is_report);
    CHECK(!std::filesystem::exists(bench.at("-")));
  }
}

TEST_CASE(
    "a full device is an error that names it, in every command that writes a file, as is a wrong "
    "path") {
  const Bench bench;
  for (const std::string& writer : kWriters) {
    CAPTURE(writer);
    CHECK(bench.run(fmt::format("flyball {} /dev/full", writer)) == 3);
    CHECK(bench.err().ends_with(": /dev/full: cannot be written: No space left on device\n"));
    CHECK(bench.run(fmt::format("flyball {} log.csv/x.hdf5", writer)) == 3);
  }
}

TEST_CASE("a report that cannot be written is an error with its reason, in every command") {
  const Bench bench;
  for (const std::string& report : kReports) {
    CAPTURE(report);
    CHECK(bench.run(fmt::format("flyball {} >/dev/full", report)) == 3);
    CHECK(bench.err().ends_with(": stdout: cannot be written: No space left on device\n"));
    CHECK(bench.run(fmt::format("flyball {} >&-", report)) == 3);
    CHECK(bench.err().ends_with(": stdout: cannot be written: Bad file descriptor\n"));
  }
}

TEST_CASE("a stderr that is full, closed or not read changes nothing") {
  const Bench bench;
  for (const std::string stderr_to : {"2>/dev/full", "2>&-"}) {
    CHECK(bench.run(fmt::format("flyball import --board nano-4gb --tegrastats tegrastats.log "
                                "--interval 0.5 -o other.csv {}",
                                stderr_to)) == 0);
    CHECK(bench.run(fmt::format("flyball boards nothing {}", stderr_to)) == 3);
    CHECK(bench.run(fmt::format("flyball nothing {}", stderr_to)) == 2);
  }
}

TEST_CASE("a reader that goes away ends a command quietly, with the exit code of SIGPIPE") {
  const Bench bench;
  const auto without_reader = [&](const std::string& command) {
    return bench.run(fmt::format(
        "rm -f gone; mkfifo gone; (exec 3<gone) & exec 4>gone; wait; flyball {} >&4", command));
  };
  for (const std::string& report : kReports) {
    CAPTURE(report);
    CHECK(without_reader(report) == 141);
    CHECK(bench.err().find("annot") == std::string::npos);
  }
  for (const std::string& writer : kWriters) {
    CAPTURE(writer);
    CHECK(without_reader(writer + " -") == 141);
    CHECK(bench.err().find("annot") == std::string::npos);
  }
  // The command's own verdict counts more, and another output is still an error that names it.
  CHECK(without_reader("boards nothing") == 3);
  CHECK(bench.run("rm -f gone; mkfifo gone; head -c 1 gone >&2 & "
                  "flyball simulate --scenario quickstart --duration 4000 -o gone") == 3);
  CHECK(bench.err().ends_with("gone: cannot be written: Broken pipe\n"));
}

TEST_CASE("what a command reads stays, and a page without a place is told of before the work") {
  const Bench bench;
  const std::string log = bytes_of(bench.at("log.csv"));
  CHECK(bench.run("flyball train quickstart --log log.csv -o log.csv") == 2);
  CHECK(bench.run("flyball import --board nano-4gb --tegrastats tegrastats.log "
                  "-o tegrastats.log") == 2);
  CHECK(bench.run("flyball fit --measurements sweep.csv --board nano-4gb -o sweep.csv") == 2);
  for (const std::string same :
       {"train quickstart --log 'l*.csv' -o log.csv",
        "dataset quickstart --log '[lm]og.csv' -o log.csv",
        "dataset s.toml --log log.csv -o s.toml", "simulate --scenario ./s.toml -o s.toml",
        "evaluate --scenario quickstart --governors stock,p.flyball --json p.flyball"}) {
    CAPTURE(same);
    std::ofstream(bench.at("s.toml")) << "title = 1\n";
    CHECK(bench.run("flyball " + same) == 2);
    CHECK(bench.err().find("would be replaced") != std::string::npos);
  }
  CHECK(bytes_of(bench.at("log.csv")) == log);
  std::ofstream(bench.at("page.md")) << "a page\n";
  CHECK(bench.run("flyball reproduce agent --markdown page.md") == 3);
  CHECK(bytes_of(bench.at("out")).empty());
}
