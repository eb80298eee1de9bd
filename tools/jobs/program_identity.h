// Which program this is, for results that only the same program may go on with.
#pragma once

#include <string>

namespace flyball {

// Version and commit; of a source with changes that are not committed, a checksum of the program's
// own bytes, too.
std::string program_identity();

}  // namespace flyball
