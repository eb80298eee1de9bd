// Whether the service may start a program from where it is.
#pragma once

#include <filesystem>

namespace flyball {

// Throws DataError where the unit's sandbox hides the place (home folders, /tmp), and naming the
// file or folder on the way that somebody else than root may change: the service runs as root.
void require_startable(const std::filesystem::path& program);

}  // namespace flyball
