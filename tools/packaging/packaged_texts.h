// The files of tools/packaging as a built flyballd carries them, so that `flyballd install` needs
// no source tree. Constants.
#pragma once

namespace flyball {

extern const char* const kPackagedUnit;  // flyballd.service, with the program's path of a package
extern const char* const kPackagedSysusers;  // flyball.sysusers

inline constexpr const char* kPackagedProgram = "/usr/bin/flyballd";  // as the unit names it

}  // namespace flyball
