// A row of a telemetry log as the cells of one line of CSV: its columns' names, writing, reading.
// What the columns are is listed in telemetry_columns.h, what they mean in env/logs/FORMAT.md.
// Numbers are written with as few digits as bring back the same bits. Private to env/logs. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "env/logs/telemetry_log.h"

namespace flyball {

// "name:type" of every column that a log with this header and these options has, in order.
std::vector<std::string> telemetry_column_names(const TelemetryLogHeader& header,
                                                const TelemetryLogOptions& options);

// Appends the row's cells and the line's end to `out`; allocates nothing once `out` has its size.
// Throws std::invalid_argument, naming the column, for a number that is not finite or a group of
// another size than the header says; `out` is then as it was.
void append_telemetry_row(const TelemetryLogHeader& header, const TelemetryLogOptions& options,
                          const TelemetryRow& row, std::string& out);

// One line of a log, without its end, and where it stands.
struct TelemetryLine {
  const std::string& file;  // for messages
  std::size_t number = 0;   // from 1
  const std::string& text;
  const std::vector<std::string>& columns;  // telemetry_column_names() of the log
};

// Fills `row`, reusing its storage; its setting is not checked against the knobs' levels. Throws
// LogError naming the column for a cell that is not of its type, and for too few or too many cells;
// `row` then holds some of both.
void read_telemetry_row(const TelemetryLogHeader& header, const TelemetryLogOptions& options,
                        const TelemetryLine& line, TelemetryRow& row);

}  // namespace flyball
