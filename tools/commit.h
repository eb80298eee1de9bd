// Which source this program was built from.
#pragma once

namespace flyball {

// As `git describe --always --dirty`; "unknown" outside a checkout. Written by write_commit.cmake.
const char* commit();

}  // namespace flyball
