// Files and directories of an installation: written, and taken away again. What a user changed is
// left, and said. Free functions; they tell each step in a line. Nothing is written in a dry run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/packaging/install_record.h"

namespace flyball {

struct InstallFile {
  std::string path;  // on the installed system
  std::string text;
  bool is_asked = false;  // by name: replaces what is there, whoever wrote it
};

struct InstallPlan {
  std::vector<std::string> directories;  // upper ones first; those of the system are there
  std::vector<InstallFile> files;
};

enum class InstallMode { kWrite, kDryRun };

using InstallTell = std::function<void(const std::string& line)>;

// Every file is in the record before it is written. A file that is as planned is kept; one that an
// installation wrote is replaced; another is left. Throws std::system_error and DataError naming
// the file.
void install_files(const InstallPlan& plan, InstallRecord& record, InstallMode mode,
                   const InstallTell& tell);

// What the record names: a file as it was written, or any with `with_changed`; then directories
// that are empty. True when nothing is left. Throws as above.
bool uninstall_files(InstallRecord& record, bool with_changed, InstallMode mode,
                     const InstallTell& tell);

}  // namespace flyball
