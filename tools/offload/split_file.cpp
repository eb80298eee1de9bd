#include "tools/offload/split_file.h"

#include <fmt/format.h>

#include <stdexcept>

#include "env/errors.h"

namespace flyball {

SplitFile load_split_file(const std::string& file) {
  const Safetensors content = read_split_file(file);
  try {
    return {SplitRuntime(content), split_version(content)};
  } catch (const std::invalid_argument& error) {
    throw DataError(fmt::format("{}: {}", file, error.what()));
  }
}

}  // namespace flyball
