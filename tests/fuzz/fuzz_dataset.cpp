// A dataset's description and transitions. The reader itself, not the child that the programs run
// it in: what corrupts memory here would end that child.
#include <stdexcept>

#include "replay/hdf5/dataset_reader.h"
#include "tests/fuzz/fuzz_file.h"

using namespace flyball;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const FuzzFile file(".hdf5");
  try {
    parse_dataset(file.write(data, size));
  } catch (const std::runtime_error&) {
  }
  return 0;
}
