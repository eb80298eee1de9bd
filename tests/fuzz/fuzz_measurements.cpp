// A table of measurements, as `flyball fit` reads it. The board is a real one's.
#include "env/errors.h"
#include "env/fitting/measurements.h"
#include "tests/fuzz/fuzz_file.h"
#include "tools/config/board_config.h"

using namespace flyball;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const FuzzFile file(".csv");
  static const auto board = load_board(FLYBALL_SOURCE_DIR "/configs/boards/xavier-nx-8gb.toml");
  MeasurementSource source;
  try {
    source.file = file.write(data, size);
    read_measurements(source, board.board);
  } catch (const DataError&) {
  }
  return 0;
}
