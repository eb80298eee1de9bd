#include "env/logs/board_row_warnings.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "env/logs/tegrastats_telemetry.h"
#include "tests/env/logs/logged_board.h"

using namespace flyball;

namespace {

// Of lines with these rails and engines, one a second.
std::vector<std::string> warnings_about(const Board& board, const std::vector<std::string>& ends) {
  std::string text;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    text += "01-02-2025 00:00:0" + std::to_string(i) + " RAM 1/2MB CPU [1%@729,2%@729] " + ends[i] +
            "\n";
  }
  const PlantDescription plant = describe(board, PowerMode{}, std::nullopt);
  const TegrastatsLog log = parse_tegrastats_log("board.log", text);
  return board_row_warnings(board, plant, board_rows(board, plant, log));
}

std::string with_clocks(const std::string& rails) {
  return "EMC_FREQ 1%@204 GR3D_FREQ 5%@114 " + rails;
}

// Its first rail is the whole module, the second a part.
Board board_with_parts() {
  Board board = logged_board();
  board.rails = {"IN", "GPU"};
  board.module_rails = {0};
  return board;
}

}  // namespace

TEST_CASE("rows that show everything give no warning") {
  const std::string whole = with_clocks("GPU 500mW/1mW SOC 1000mW/1mW");
  CHECK(warnings_about(logged_board(), {whole, whole}).empty());
}

TEST_CASE("rails of the sum that are missing are named and counted, and so are impossible sums") {
  const std::string whole = with_clocks("GPU 500mW/1mW SOC 1000mW/1mW");
  CHECK(warnings_about(logged_board(), {whole, with_clocks("GPU 500mW/1mW"), with_clocks("")}) ==
        std::vector<std::string>{"2 of 3 rows have no power of the module: GPU is missing in 1, "
                                 "SOC is missing in 2"});
  CHECK(warnings_about(logged_board(), {whole, with_clocks("GPU 0mW/1mW SOC 0mW/1mW")}) ==
        std::vector<std::string>{"1 of 2 rows have no power of the module: the reading is 0 W or "
                                 "less, or above 1000 W, in 1"});
}

TEST_CASE("parts above the whole are counted beyond what readings of two moments differ by") {
  const std::string swapped = with_clocks("IN 2000mW/1mW GPU 6000mW/1mW");
  const std::string close = with_clocks("IN 2000mW/1mW GPU 2800mW/1mW");
  CHECK(warnings_about(board_with_parts(), {close, close}).empty());
  CHECK(warnings_about(board_with_parts(), {swapped, close}) ==
        std::vector<std::string>{"1 of 2 rows show parts above the whole module, GPU in 1: are the "
                                 "rails' labels swapped?"});
}

TEST_CASE("clocks that some rows hide are named and counted") {
  const std::string rails = "GPU 500mW/1mW SOC 1000mW/1mW";
  CHECK(warnings_about(logged_board(), {with_clocks(rails), "GR3D_FREQ 5%@114 " + rails}) ==
        std::vector<std::string>{"some of 2 rows show no frequency of emc in 1"});
}

TEST_CASE("rails of other names are told beside the board's, capitals aside") {
  const auto warning = [](const std::string& rails) {
    std::string text;
    for (const char second : {'0', '1'}) {
      text += std::string("01-02-2025 00:00:0") + second + " RAM 1/2MB CPU [1%@729,2%@729] " +
              rails + "\n";
    }
    return foreign_rails_warning(logged_board(), parse_tegrastats_log("board.log", text))
        .value_or("none");
  };
  CHECK(warning("GPU 500mW/1mW SOC 1mW/1mW") == "none");
  CHECK(warning("gpu 500mW/1mW Soc 1mW/1mW") == "none");
  CHECK(warning("") == "none");
  CHECK(warning("GPU 500mW/1mW VDD_X 1mW/1mW VDD_X 1mW/1mW")
            .starts_with("rails that " + logged_board().id +
                         " does not have are not used: VDD_X (it has GPU, SOC"));
}
