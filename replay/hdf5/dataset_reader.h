// Reads a dataset with libhdf5, which damaged files make crash, loop or fill the memory: for the
// child process of read_dataset() alone. One thread at a time (hdf5_file.h).
#pragma once

#include <filesystem>

#include "replay/hdf5/dataset.h"

namespace flyball {

// Throws std::runtime_error naming the file, the dataset inside it and what is wrong.
Dataset parse_dataset(const std::filesystem::path& file);

}  // namespace flyball
