// A telemetry log, as `flyball train` reads it.
#include "env/errors.h"
#include "env/logs/telemetry_log.h"
#include "tests/fuzz/fuzz_file.h"

using namespace flyball;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const FuzzFile file(".csv");
  try {
    read_telemetry_log(file.write(data, size));
  } catch (const DataError&) {
  }
  return 0;
}
