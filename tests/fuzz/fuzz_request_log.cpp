// A request log of another program: CSV in any dialect, or lines of JSON.
#include "env/errors.h"
#include "env/logs/request_log.h"
#include "tests/fuzz/fuzz_file.h"

using namespace flyball;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const FuzzFile file(".csv");
  try {
    read_request_log(file.write(data, size));
  } catch (const DataError&) {
  }
  return 0;
}
