#include "tools/config/config_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "env/errors.h"
#include "env/nearest_name.h"

namespace flyball {

namespace fs = std::filesystem;

namespace {

std::string singular(const std::string& kind) {
  return kind.ends_with('s') ? kind.substr(0, kind.size() - 1) : kind + " configuration";
}

std::optional<fs::path> beside_the_program() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return std::nullopt;
  for (fs::path folder = program.parent_path();; folder = folder.parent_path()) {
    for (const char* name : {"configs", "share/flyball/configs"}) {
      if (fs::is_directory(folder / name / "boards", error)) return folder / name;
    }
    if (folder == folder.root_path()) return std::nullopt;
  }
}

}  // namespace

bool is_config_path(const std::string& id_or_path) {
  return id_or_path.find('/') != std::string::npos || id_or_path.ends_with(".toml");
}

fs::path config_directory() {
  if (const char* given = std::getenv("FLYBALL_CONFIGS"); given != nullptr && *given != '\0') {
    if (fs::is_directory(fs::path(given) / "boards")) return given;
    throw ConfigError(fmt::format(
        "{}: not a folder of configurations, it has no boards/ (--configs or FLYBALL_CONFIGS)",
        given));
  }
  if (const std::optional<fs::path> found = beside_the_program()) return *found;
  throw ConfigError(
      "no folder configs/ above the program; name it with --configs DIR or FLYBALL_CONFIGS");
}

std::vector<std::string> list_configs(const std::string& kind) {
  std::vector<std::string> names;
  std::error_code error;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(config_directory() / kind, error)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path find_config(const std::string& kind, const std::string& id_or_path, const fs::path& base) {
  if (is_config_path(id_or_path)) {
    const fs::path path = base / id_or_path;
    if (fs::is_regular_file(path)) return path;
    throw ConfigError(fmt::format("{}: no such {} file", path.string(), singular(kind)));
  }
  const fs::path path = config_directory() / kind / (id_or_path + ".toml");
  if (fs::is_regular_file(path)) return path;
  const std::vector<std::string> names = list_configs(kind);
  throw ConfigError(fmt::format("no {} \"{}\" in {}{} (there are: {}; or give the path of a file)",
                                singular(kind), id_or_path, path.parent_path().string(),
                                did_you_mean(id_or_path, names), join_names(names)));
}

}  // namespace flyball
