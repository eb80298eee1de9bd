// Where the TOML files of configs/ are: boards, workloads, scenarios, suites, train.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace flyball {

// FLYBALL_CONFIGS if set (the option --configs sets it), else the folder configs/ beside or above
// the running program. Throws ConfigError when there is none.
std::filesystem::path config_directory();

// Whether it names a file rather than one in config_directory(): it has a '/' or ends in ".toml".
bool is_config_path(const std::string& id_or_path);

// The file that a user means by `id_or_path`: a path (relative ones count from `base`), or
// the name of a file in config_directory()/kind. `kind` is
// "boards", "workloads", "scenarios", "suites" or "train". Throws ConfigError that lists what there
// is.
std::filesystem::path find_config(const std::string& kind, const std::string& id_or_path,
                                  const std::filesystem::path& base = {});

// The names in config_directory()/kind, sorted.
std::vector<std::string> list_configs(const std::string& kind);

}  // namespace flyball
