// A user's sweep as the fit needs it: SI units, frequencies of the board's tables, checked row by
// row. Values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/fitting/measurement_columns.h"
#include "env/model/residual.h"
#include "env/model/work_model.h"

namespace flyball {

// How the load was driven.
enum class LoadKind : std::uint8_t {
  kBatches,  // one batch after another: host part, then accelerator
  kClients,  // so many clients, each with one request outstanding: host and accelerator overlap
};

struct Measurement {
  std::size_t line = 0;
  OperatingPoint point;   // a knob that was not moved: where it was held
  double requests = 1.0;  // in one batch; 0.5: a single client, whose batches of 1 never overlap
  double seconds = 0.0;   // per batch
  double watts = 0.0;

  double batch() const { return requests < 1.0 ? 1.0 : requests; }
  double joules() const { return seconds * watts; }  // per batch
};

struct Measurements {
  std::filesystem::path file;
  LoadKind load = LoadKind::kBatches;
  std::vector<Measurement> rows;
  std::vector<FitKnob> varied;     // ascending
  std::vector<FitKnob> held;       // cpu, gpu, emc that were not moved
  OperatingPoint highest;          // of the board's tables
  std::vector<std::string> notes;  // what was recognised, what does not vary

  // The value of one knob: hertz, or requests.
  static double value(const Measurement& row, FitKnob knob);
};

enum class Duplicates : std::uint8_t { kRefuse, kMean };

struct MeasurementSource {
  std::filesystem::path file;
  std::vector<ColumnChoice> columns;  // told; the rest is recognised
  std::vector<RowFilter> filters;
  std::vector<FitKnob> left_out;     // knobs whose columns are not to be used
  std::vector<std::string> ignored;  // columns that are no settings, whatever they look like
  double batch = 1.0;                // requests per batch where no column says so
  Duplicates duplicates = Duplicates::kRefuse;
};

// The fewest rows a fit makes sense of, for so many varied knobs.
std::size_t fewest_rows(std::size_t varied_knobs);

// Throws DataError naming file, line, column, value and the likely cause: missing columns, no
// number, not positive, units off by a power of 1000, frequencies off the board's tables, settings
// measured twice, a mean over a column that is a setting but was not used, too few rows, no knob
// varied, knobs that always move together.
Measurements read_measurements(const MeasurementSource& source, const Board& board);

// The levels of a knob that occur in `set`, ascending.
std::vector<double> levels_of(const Measurements& set, FitKnob knob);

}  // namespace flyball
