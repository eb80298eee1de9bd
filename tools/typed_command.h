// The command line that this program was started with, for reports that say how they came to be.
#pragma once

#include <string>
#include <vector>

namespace flyball {

// Words as one would type them: quoted where a shell would take them apart. Pure function.
std::string shell_text(const std::vector<std::string>& words);

// This process's, the program without its folder; "flyball" where the system does not tell.
std::string typed_command();

}  // namespace flyball
