// A board file: TOML, the reader of typed keys and the board's own checks.
#include "env/errors.h"
#include "tests/fuzz/fuzz_file.h"
#include "tools/config/board_config.h"

using namespace flyball;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const FuzzFile file(".toml");
  try {
    load_board(file.write(data, size));
  } catch (const ConfigError&) {
  }
  return 0;
}
