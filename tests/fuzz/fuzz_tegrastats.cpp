// A tegrastats log.
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "env/logs/tegrastats.h"

using namespace flyball;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    parse_tegrastats_log("tegrastats.log", {reinterpret_cast<const char*>(data), size});
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
