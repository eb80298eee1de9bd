// Measurements of a board over GPU frequency and batch, as CSV with a header:
//   gpu_hz,batch,seconds,watts
// one row per measured pair: seconds of the accelerator per batch, watts of the module meanwhile.
// Every frequency has the same batches. Lines that begin with '#' are comments.
#pragma once

#include <filesystem>
#include <vector>

namespace flyball {

struct SweepTable {
  std::vector<double> frequencies_hz;        // ascending
  std::vector<double> batches;               // ascending
  std::vector<std::vector<double>> seconds;  // [frequency][batch]
  std::vector<std::vector<double>> watts;    // [frequency][batch]
};

// Throws DataError naming file, line and what is wrong.
SweepTable read_sweep_table(const std::filesystem::path& path);

}  // namespace flyball
