// What `flyball inspect` shows of a dataset.
#pragma once

#include <cstdint>
#include <string>

namespace flyball {

enum class InspectFormat : std::uint8_t { kText, kJson };

// Whether the path is an HDF5 file or a folder, and so no policy.
bool is_dataset(const std::string& path);

// Reads the dataset completely and prints what it holds. Throws DataError.
void inspect_dataset(const std::string& path, InspectFormat format);

}  // namespace flyball
