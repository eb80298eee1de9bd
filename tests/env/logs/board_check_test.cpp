#include "env/logs/board_check.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "env/logs/importer.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

// Two CPUs; clocks up to 1190.4, `gpu_top` and 665.6 MHz; one rail of the module and a part of it.
Board board_of(const std::string& id, double gpu_top) {
  Board board;
  board.id = id;
  board.cpus = 2;
  board.domains = {{"cpu0", DomainKind::kCpu, {729.6e6, 1190.4e6}, 0.001, {0, 1}},
                   {"gpu", DomainKind::kGpu, {114.75e6, 624.75e6, gpu_top}, 0.005, {}},
                   {"emc", DomainKind::kEmc, {204e6, 665.6e6}, 0.008, {}}};
  board.knobs = {{"cpu", {729.6e6, 1190.4e6}, {0}},
                 {"gpu", {114.75e6, 624.75e6, gpu_top}, {1}},
                 {"emc", {204e6, 665.6e6}, {2}}};
  board.rails = {"VDD_IN", "VDD_GPU"};
  board.module_rails = {0};
  board.modes = {{0, "MAXN", 2, {}, {}, {}, {}, {}}, {1, "LOW", 1, {}, 729.6e6, {}, 620e6, {}}};
  return board;
}

struct Line {
  std::string cpus = "1%@1190,2%@729";
  int gpu = 624;
  int emc = 665;
  std::string rails = "VDD_IN 5000/5000 VDD_GPU 2000/2000";
};

std::string text_of(const Line& line, int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i) {
    text += fmt::format("{} RAM 1/2MB CPU [{}] EMC_FREQ 1%@{} GR3D_FREQ 9%@{} {}\n", 1611705800 + i,
                        line.cpus, line.emc, line.gpu, line.rails);
  }
  return text;
}

TegrastatsLog log_of(const std::string& text) {
  const TemporaryFile file(text);
  return read_tegrastats_log(file.path());
}

std::vector<std::string> mismatches(const Line& line) {
  return board_mismatches(log_of(text_of(line, 10)), board_of("small", 918e6)).impossible;
}

std::vector<std::string> oddities(const Line& line) {
  return board_mismatches(log_of(text_of(line, 10)), board_of("small", 918e6)).odd;
}

}  // namespace

TEST_CASE("a log of the board has no mismatch, printed clocks being cut to whole MHz") {
  CHECK(mismatches({}).empty());
  CHECK(mismatches({"off,2%@1191", 114, 204, ""}).empty());
}

TEST_CASE("clocks outside the table are named with the line and counts") {
  CHECK(mismatches({.gpu = 1020}) ==
        std::vector<std::string>{"line 1 shows 1020 MHz of gpu, small has at most 918 (10 of 10 "
                                 "lines are above)"});
  CHECK(mismatches({.cpus = "1%@1479,2%@1479"}).size() == 1);
  CHECK(mismatches({.emc = 1600}).size() == 1);
  CHECK(oddities({.gpu = 400}) ==
        std::vector<std::string>{"line 1 shows 400 MHz of gpu, the table of small has 624.75 (10 "
                                 "of 10 lines show none of its entries)"});
}

TEST_CASE("a few odd lines are no mismatch") {
  const std::string text = text_of({}, 100) + text_of({.gpu = 1020}, 3) + text_of({.gpu = 400}, 50);
  CHECK(board_mismatches(log_of(text), board_of("small", 918e6)).empty());
}

TEST_CASE("another number of CPUs and foreign rails are named") {
  CHECK(mismatches({.cpus = "1%@1190"}) ==
        std::vector<std::string>{"line 1 shows 1 CPUs, small has 2"});
  CHECK(mismatches({.rails = "POM_5V_IN 1/1"}) ==
        std::vector<std::string>{"line 1 shows rail POM_5V_IN, small has VDD_IN, VDD_GPU"});
}

TEST_CASE("a mode that forbids what is seen is named with counts") {
  const Board board = board_of("small", 918e6);
  const TegrastatsLog log = log_of(text_of({.gpu = 918}, 10));
  CHECK_FALSE(mode_mismatch(log, board, board.modes[0]).has_value());
  CHECK(*mode_mismatch(log, board, board.modes[1]) ==
        "10 of 10 rows show 2 CPUs and 1190 MHz of cpu and 918 MHz of gpu, mode 1 (LOW) allows 1 "
        "and 729.6 and 624.75: another mode?");
}

TEST_CASE("an import of another board's log is refused, names the board that fits, and is forced") {
  ImportConfig config;
  config.board = board_of("small", 918e6);
  config.known_boards = {config.board, board_of("super", 1020e6)};
  const TegrastatsLog log = log_of(text_of({.gpu = 1020}, 10));
  CHECK_THROWS_WITH_AS(import_logs(config, log, {}),
                       "line 1 shows 1020 MHz of gpu, small has at most 918 (10 of 10 lines are "
                       "above): another board? super fits (--force goes on)",
                       std::invalid_argument);
  config.force = true;
  CHECK(import_logs(config, log, {}).report.warnings.size() == 1);
  config.force = false;
  config.known_boards = {config.board};
  CHECK_THROWS_WITH_AS(import_logs(config, log, {}),
                       doctest::Contains("or another frequency table of it"),
                       std::invalid_argument);
  const TegrastatsLog other = log_of(text_of({.cpus = "1%@1190"}, 10));
  CHECK_THROWS_AS(import_logs(config, other, {}), std::invalid_argument);
}

TEST_CASE("clocks between the entries are an error only where another board fits") {
  ImportConfig config;
  config.board = board_of("small", 918e6);
  const TegrastatsLog log = log_of(text_of({.gpu = 800}, 10));
  CHECK(import_logs(config, log, {}).report.warnings.size() == 1);
  config.known_boards = {board_of("other", 800e6)};
  CHECK_THROWS_WITH_AS(import_logs(config, log, {}), doctest::Contains("other fits"),
                       std::invalid_argument);
}

TEST_CASE("an import names missing rails of the module and parts above the whole, with counts") {
  ImportConfig config;
  config.board = board_of("small", 918e6);
  const std::string text = text_of({}, 6) + text_of({.rails = "VDD_GPU 2000/2000"}, 4);
  CHECK(import_logs(config, log_of(text), {}).report.warnings.at(0) ==
        "4 of 10 rows have no power of the module: VDD_IN is missing in 4");
  const std::string swapped = text_of({.rails = "VDD_IN 2950/2950 VDD_GPU 8600/8600"}, 10);
  CHECK(import_logs(config, log_of(swapped), {}).report.warnings.at(0) ==
        "10 of 10 rows show parts above the whole module, VDD_GPU in 10: are the rails' labels "
        "swapped?");
}
