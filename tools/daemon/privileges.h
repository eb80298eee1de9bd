// What a process that only decides does not need: root's rights.
#pragma once

#include <filesystem>
#include <string>

namespace flyball {

// From root to the user `flyball`, or to nobody where there is no such user: no groups, no
// capabilities, none to be had again. What is open stays open. Not root: nothing changes. Throws
// std::system_error.
void drop_privileges();

// What keeps this process's user from opening a file by its name: the first directory on the way
// that it may not pass, or the file, each with its mode and owner. Empty: nothing does, or there is
// no such file.
std::string obstacle_to_reading(const std::filesystem::path& file);

}  // namespace flyball
