// What both programs run: the network of a file, and the version that tells it from others.
#pragma once

#include <string>

#include "agent/vision/split_runtime.h"

namespace flyball {

struct SplitFile {
  SplitRuntime runtime;
  std::string version;  // the network's checksum
};

// Throws DataError naming the file.
SplitFile load_split_file(const std::string& file);

}  // namespace flyball
