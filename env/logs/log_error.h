// What is wrong with an input file, and where: "FILE:LINE:COLUMN: what was expected".
#pragma once

#include <cstddef>
#include <string>

#include "env/errors.h"

namespace flyball {

// Lines and columns (characters) count from 1.
class LogError final : public DataError {
 public:
  LogError(const std::string& file, std::size_t line, std::size_t column,
           const std::string& message)
      : DataError(file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " +
                  message),
        line_(line),
        column_(column) {}

  std::size_t line() const { return line_; }
  std::size_t column() const { return column_; }

 private:
  std::size_t line_;
  std::size_t column_;
};

}  // namespace flyball
