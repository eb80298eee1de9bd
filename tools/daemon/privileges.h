// What a process that only decides does not need: root's rights.
#pragma once

namespace flyball {

// From root to the user `flyball`, or to nobody where there is no such user: no groups, no
// capabilities, none to be had again. What is open stays open. Not root: nothing changes. Throws
// std::system_error.
void drop_privileges();

}  // namespace flyball
