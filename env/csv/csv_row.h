// One record of a CSV file as text cells. A value.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace flyball {

struct CsvRow {
  // Both count from 1. A quoted cell may hold line ends, so the cells of a row may differ in line.
  struct Position {
    std::size_t line = 1;
    std::size_t column = 1;  // characters
  };

  std::size_t line = 0;             // where the row begins
  std::vector<std::string> cells;   // without their quotes and the spaces around them
  std::vector<Position> positions;  // where each cell begins
  bool has_end = true;              // false: the file ends within this line, perhaps it was cut
};

}  // namespace flyball
