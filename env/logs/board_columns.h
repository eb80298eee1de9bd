// Which column of a board's CSV log means what, and in which unit: told by the user or recognised
// by its name. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "env/board.h"
#include "env/csv/csv_reader.h"

namespace flyball {

enum class BoardRole : std::uint8_t {
  kTime,
  kClock,    // of `target` cpu, gpu or emc; cpu: all of them
  kLoad,     // of `target` cpu (all), cpu0, cpu1, ..., gpu or emc
  kPower,    // of the rail `target`
  kCelsius,  // of the zone `target`
};

struct BoardColumn {
  BoardRole role = BoardRole::kTime;
  std::string target;
  std::string column;
  double factor = 0.0;  // to SI and shares; 0: told from the values (times: epochs by their size)
};

// "time=t:ms", "gpu=clk:MHz", "load.gpu=util:%", "power.VDD_IN=total:mW", "temp.cpu=t0:C". Throws
// std::invalid_argument saying what is allowed.
BoardColumn parse_board_column(std::string_view text);
// Whether a column's name says that it holds a clock, a power or an energy.
bool says_reading(std::string_view column);

// Whether "ROLE=..." speaks of a board's log (and not of requests).
bool is_board_column(std::string_view text);

// What was told, completed by names that say what they are (jtop's logger among them); units that
// nobody told are settled by the values. Throws LogError where a told column or rail does not
// exist.
std::vector<BoardColumn> choose_board_columns(const CsvFile& file, const Board& board,
                                              std::span<const BoardColumn> told);

}  // namespace flyball
